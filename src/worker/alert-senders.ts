/** The senders of all channels in the settings in force: a changed webhook or mailbox is used from its next alert on. */
import type { Log } from '../domain/log.js';
import { type ChannelSettings, channelsOf } from '../outbound/alert-channels.js';
import type { Store } from '../store/api.js';
import { type AlertSender, startAlertSender } from './alert-sender.js';

/** Wall time between two readings of the settings. */
const POLL_MS = 1_000;

export function startAlertSenders(parts: {
  readonly store: Store;
  readonly settings: () => ChannelSettings;
  readonly holder: string;
  readonly log: Log;
  readonly pollMs?: number;
}): AlertSender {
  const { settings, pollMs = POLL_MS, ...shared } = parts;
  let inForce = settings();
  let senders = startAll(inForce);
  let changing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const next = settings();
    if (JSON.stringify(next) === JSON.stringify(inForce)) return;
    inForce = next;
    const former = senders;
    // The former sender of a channel gives its lease back before the next one asks for it.
    changing = changing
      .then(() => stopAll(former))
      .then(() => {
        senders = startAll(next);
      });
  }, pollMs);

  function startAll(of: ChannelSettings): readonly AlertSender[] {
    return channelsOf(of).map((channel) => startAlertSender({ ...shared, channel }));
  }

  return {
    stop: async () => {
      clearInterval(timer);
      await changing;
      await stopAll(senders);
    },
  };
}

async function stopAll(senders: readonly AlertSender[]): Promise<void> {
  await Promise.all(senders.map((sender) => sender.stop()));
}
