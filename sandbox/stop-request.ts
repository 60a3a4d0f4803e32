/**
 * Calls back when this process is told to end: by a signal, or because the one that started it is gone, which its IPC channel
 * tells. One key press may come as several signals, from the terminal and from npm.
 */
export function onStopRequest(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  // The channel alone is no reason to stay.
  process.channel?.unref();
}
