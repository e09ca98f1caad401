/** What a sign says at a glance; there is a word beside it everywhere. */
export type Mark = 'good' | 'bad' | 'care' | 'quiet';
