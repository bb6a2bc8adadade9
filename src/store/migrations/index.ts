/** Every migration by its file's name. A released migration is never edited: a change is a new file. */
import type { MigrationBuilder } from 'node-pg-migrate';
import * as positions from './0001_positions.js';
import * as orders from './0002_orders.js';
import * as journal from './0003_journal.js';
import * as control from './0004_control.js';
import * as alertDelivery from './0005_alert_delivery.js';
import * as withdrawn from './0006_withdrawn.js';
import * as entryMode from './0007_entry_mode.js';
import * as marketClock from './0008_market_clock.js';
import * as walk from './0009_walk.js';
import * as workingAndCancelRequested from './0010_working_and_cancel_requested.js';
import * as book from './0011_book.js';
import * as tradingHistory from './0012_trading_history.js';
import * as alertChannels from './0013_alert_channels.js';
import * as polls from './0014_polls.js';
import * as shares from './0015_shares.js';
import * as daySummaries from './0016_day_summaries.js';
import * as exerciseResults from './0017_exercise_results.js';
import * as cancelledTrades from './0018_cancelled_trades.js';
import * as dividends from './0019_dividends.js';
import * as attentionReasons from './0020_attention_reasons.js';
import * as absences from './0021_absences.js';
import * as changeRequests from './0022_change_requests.js';

export interface MigrationModule {
  up(builder: MigrationBuilder): void;
}

export const MIGRATIONS: Readonly<Record<string, MigrationModule>> = {
  '0001_positions': positions,
  '0002_orders': orders,
  '0003_journal': journal,
  '0004_control': control,
  '0005_alert_delivery': alertDelivery,
  '0006_withdrawn': withdrawn,
  '0007_entry_mode': entryMode,
  '0008_market_clock': marketClock,
  '0009_walk': walk,
  '0010_working_and_cancel_requested': workingAndCancelRequested,
  '0011_book': book,
  '0012_trading_history': tradingHistory,
  '0013_alert_channels': alertChannels,
  '0014_polls': polls,
  '0015_shares': shares,
  '0016_day_summaries': daySummaries,
  '0017_exercise_results': exerciseResults,
  '0018_cancelled_trades': cancelledTrades,
  '0019_dividends': dividends,
  '0020_attention_reasons': attentionReasons,
  '0021_absences': absences,
  '0022_change_requests': changeRequests,
};
