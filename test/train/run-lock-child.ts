/** Takes the lock of the folder argv[2], says so, and keeps it until it is ended. */
import { RunLock } from '../../src/train/run-lock.ts';

RunLock.take(process.argv[2]!);
console.log('locked');
setInterval(() => {}, 1000);
