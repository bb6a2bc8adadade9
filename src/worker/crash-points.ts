/**
 * Crash points: a test makes this process die, or stand still, at one durable boundary. Boundaries are found by wrapping the calls that
 * cross them, so the code enumerates them: every operation of the store, every activity, every write of an order to the broker (before
 * and after each), and every report of the broker about an order (before it is taken in).
 *
 * LEGWORK_CRASH_AT names a file of orders that is read at each boundary: `list FILE` appends the boundary's name to FILE,
 * `kill NAME#N` and `stop NAME#N` send SIGKILL or SIGSTOP to this process when NAME is passed for the Nth time since the file changed.
 * Without the variable nothing is wrapped.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import type { Broker, BrokerOrders, OrderEvent } from '../broker/api.js';
import type { Store } from '../store/api.js';

export interface CrashPoints {
  store(store: Store): Store;
  broker(broker: Broker): Broker;
  /** `before` and `after` lie inside the activity: its worker has taken it up, and Temporal does not know its result yet. */
  activities<T extends object>(activities: T): T;
}

type Pass = (boundary: string) => void;

const NONE: CrashPoints = { store: (store) => store, broker: (broker) => broker, activities: (all) => all };
const STORE_PARTS_LEFT_OUT: ReadonlySet<string> = new Set(['migrate', 'ping', 'close', 'openingsInTurn']);
const SENDING: ReadonlySet<string> = new Set(['place', 'modify', 'cancel']);
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { kill: 'SIGKILL', stop: 'SIGSTOP' };

/** One per process: all wrapped objects share one count of passages. */
export function crashPoints(env: NodeJS.ProcessEnv): CrashPoints {
  const file = env.LEGWORK_CRASH_AT;
  if (file === undefined || file === '') return NONE;
  const pass = passing(file);
  return {
    store: (store) => wrappedStore(store, pass),
    broker: (broker) => wrappedBroker(broker, pass),
    activities: (all) => methodsWrapped(all, 'activity', pass, () => true),
  };
}

/** Does what the file says at a boundary; a missing file means nothing. */
function passing(file: string): Pass {
  let orders = '';
  let passages = 0;
  return (boundary) => {
    const read = readOrders(file);
    if (read !== orders) {
      orders = read;
      passages = 0;
    }
    const [verb = '', argument = ''] = orders.split(' ');
    if (verb === 'list') appendFileSync(argument, `${boundary}\n`);
    const [name, nth = '1'] = argument.split('#');
    const signal = SIGNALS[verb];
    if (signal === undefined || name !== boundary) return;
    passages += 1;
    if (passages === Number(nth)) process.kill(process.pid, signal);
  };
}

function readOrders(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function wrappedStore(store: Store, pass: Pass): Store {
  const parts = Object.entries(store).map(([name, part]) => [
    name,
    STORE_PARTS_LEFT_OUT.has(name) ? part : methodsWrapped(part, `store.${name}`, pass, () => true),
  ]);
  // The commit of an opening as it is sent: its transaction ends with markSending, and is the boundary.
  const openingsInTurn = around('store.intents.markSending', pass, (work) =>
    store.openingsInTurn(work as Parameters<Store['openingsInTurn']>[0]),
  );
  return { ...Object.fromEntries(parts), openingsInTurn } as Store;
}

function wrappedBroker(broker: Broker, pass: Pass): Broker {
  const sending = methodsWrapped(broker.orders, 'broker.orders', pass, (name) => SENDING.has(name));
  const on: BrokerOrders['on'] = (listener) =>
    broker.orders.on((event) => {
      if (event.kind !== 'session') pass(`broker.says.${wordOf(event)}`);
      listener(event);
    });
  const orders = new Proxy(sending, { get: (target, key) => (key === 'on' ? on : Reflect.get(target, key)) });
  return new Proxy(broker, { get: (target, key) => (key === 'orders' ? orders : Reflect.get(target, key)) });
}

function wordOf(event: OrderEvent): string {
  return event.kind === 'order' ? `order.${event.order.status}` : event.kind;
}

/** The object with the chosen methods wrapped; a proxy, since the methods of a class are not its own properties. */
function methodsWrapped<T extends object>(object: T, prefix: string, pass: Pass, chosen: (name: string) => boolean): T {
  return new Proxy(object, {
    // Activities are passed on by spreading, which reads each own property through here.
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      const call = (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      return typeof key === 'string' && chosen(key) ? around(`${prefix}.${key}`, pass, call) : call;
    },
  });
}

/** `after` is passed when the call has succeeded: its write is committed, or on the socket. */
function around(name: string, pass: Pass, call: (...args: readonly unknown[]) => unknown) {
  return (...args: readonly unknown[]): unknown => {
    pass(`${name}:before`);
    const result = call(...args);
    if (!(result instanceof Promise)) {
      pass(`${name}:after`);
      return result;
    }
    return result.then((value: unknown) => {
      pass(`${name}:after`);
      return value;
    });
  };
}
