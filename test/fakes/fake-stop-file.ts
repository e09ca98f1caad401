import type { StopTarget } from '#kernel/overlay.ts';
import { type StopNote, withoutStop, withStop } from '#kernel/stop-file.ts';
import type { StopFile } from '#planes/lifecycle/index.ts';

/** The stop file of a disk that can be full. */
export class FakeStopFile implements StopFile {
  text: string | undefined;
  onRecord: string | undefined;
  full = false;
  readonly left = new Map<string, string>();

  async read() {
    return this.text;
  }

  async add(target: StopTarget, note: StopNote) {
    this.#needsRoom();
    this.text = withStop(this.text, target, note);
  }

  async remove(targets: readonly StopTarget[]) {
    this.#needsRoom();
    for (const target of targets) this.text = withoutStop(this.text ?? '', target, 'main').text;
  }

  async notes() {
    return [...this.left].map(([id, text]) => ({ id, text: Buffer.from(text) }));
  }

  async dropNotes(ids: readonly string[]) {
    for (const id of ids) this.left.delete(id);
  }

  async seen() {
    return this.onRecord;
  }

  async saw(text: string) {
    this.#needsRoom();
    this.onRecord = text;
  }

  #needsRoom(): void {
    if (this.full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  }
}
