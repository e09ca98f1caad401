/** For `LIKE … ESCAPE '!'`: what contains these letters, as they are written. Empty: whatever. */
export function containing(letters: string | undefined): string {
  const asWritten = (letters ?? '').replace(/[!%_]/g, (sign) => `!${sign}`);
  return `%${asWritten}%`;
}
