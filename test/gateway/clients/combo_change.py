"""Places a combo, changes it with the contract as placed, then with the contract as openOrder showed it, and cancels it.

Usage: combo_change.py CLIENT API_PORT CONTROL_PORT EXPIRY, with CLIENT ib_async, ib_insync or ibapi (IB's own). Prints one JSON
object of what the client saw: the contract, and after each step the error codes and the limit price at the broker.
"""

import asyncio
import importlib
import json
import sys
import threading

from harness import Control, decoder_errors

CLIENT_ID = 7
MOST_SECONDS = 60
FIELDS = ("conId", "symbol", "secType", "exchange", "currency", "localSymbol", "tradingClass")


class Insync:
    """ib_insync and ib_async, which has the same interface. Their trades keep the contract as placed; what the broker shows
    reaches those who connect anew."""

    def __init__(self, name, port):
        # ib_insync wants an event loop at its import; newer Pythons make none.
        asyncio.set_event_loop(asyncio.new_event_loop())
        self.api = importlib.import_module(name)
        self.port = port
        self.codes = []
        self.connect()

    def connect(self):
        self.ib = self.api.IB()
        self.ib.errorEvent += lambda req_id, code, text, contract: self.codes.append(code)
        self.ib.connect("127.0.0.1", self.port, clientId=CLIENT_ID, timeout=20)
        self.version = self.ib.client.serverVersion()
        self.settle = self.ib.reqCurrentTime
        return self.ib.openTrades()

    def puts(self, expiry):
        option = self.api.Option("SPY", expiry, 0.0, "P", "SMART", currency="USD")
        return [row.contract for row in self.ib.reqContractDetails(option)]

    def place(self, contract, price):
        self.order = self.api.LimitOrder("BUY", 1, price, tif="DAY")
        self.order_id = self.ib.placeOrder(contract, self.order).order.orderId

    def change(self, contract, price):
        self.order.lmtPrice = price
        self.ib.placeOrder(contract, self.order)

    def cancel(self):
        self.ib.cancelOrder(self.order)

    def open(self):
        """(contract, price) of the orders that the broker shows to a client that starts."""
        self.ib.disconnect()
        trades = self.connect()
        for trade in trades:
            self.order = trade.order
        return [(trade.contract, trade.order.lmtPrice) for trade in trades if trade.order.orderId == self.order_id]

    def is_shown(self):
        return any(trade.order.permId > 0 for trade in self.ib.openTrades())

    def disconnect(self):
        self.ib.disconnect()


def official(port):
    """IB's own client: its answers come in a thread of its own."""
    from ibapi import client, contract, order, wrapper

    class App(wrapper.EWrapper, client.EClient):
        api = contract

        def __init__(self):
            client.EClient.__init__(self, self)
            self.codes, self.rows, self.shown = [], [], []
            self.done = {name: threading.Event() for name in ("id", "time", "rows", "orders")}
            self.connect("127.0.0.1", port, CLIENT_ID)
            threading.Thread(target=self.run, daemon=True).start()
            self.wait_for("id")
            self.version = self.serverVersion()

        def wait_for(self, name):
            if not self.done[name].wait(60):
                raise TimeoutError(f"no answer: {name}")
            self.done[name].clear()

        def nextValidId(self, orderId):
            self.order_id = orderId
            self.done["id"].set()

        def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=""):
            self.codes.append(errorCode)

        def currentTime(self, time):
            self.done["time"].set()

        def contractDetails(self, reqId, contractDetails):
            self.rows.append(contractDetails.contract)

        def contractDetailsEnd(self, reqId):
            self.done["rows"].set()

        def openOrder(self, orderId, contract, order, orderState):
            self.shown.append((orderId, contract, order))

        def openOrderEnd(self):
            self.done["orders"].set()

        def settle(self):
            self.reqCurrentTime()
            self.wait_for("time")

        def puts(self, expiry):
            option = contract.Contract()
            option.symbol, option.secType, option.exchange, option.currency = "SPY", "OPT", "SMART", "USD"
            option.lastTradeDateOrContractMonth, option.right = expiry, "P"
            self.reqContractDetails(1, option)
            self.wait_for("rows")
            return self.rows

        def place(self, combo, price):
            self.order = order.Order()
            self.order.action, self.order.orderType, self.order.totalQuantity = "BUY", "LMT", 1
            self.order.tif = "DAY"
            self.change(combo, price)

        def change(self, combo, price):
            self.order.lmtPrice = price
            self.placeOrder(self.order_id, combo, self.order)

        def cancel(self):
            from ibapi.order_cancel import OrderCancel

            self.cancelOrder(self.order_id, OrderCancel())

        def open(self):
            self.shown.clear()
            self.reqOpenOrders()
            self.wait_for("orders")
            mine = [row for row in self.shown if row[0] == self.order_id]
            if mine:
                self.order = mine[-1][2]
            return [(contract, order.lmtPrice) for _, contract, order in mine]

        def is_shown(self):
            return any(row[0] == self.order_id for row in self.shown)

    return App()


def combo(api, legs):
    bag = api.Contract()
    bag.symbol, bag.secType, bag.exchange, bag.currency = "SPY", "BAG", "SMART", "USD"
    bag.comboLegs = []
    for contract, action in legs:
        leg = api.ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = contract.conId, 1, action, "SMART"
        bag.comboLegs.append(leg)
    return bag


def described(contract):
    legs = [[leg.conId, leg.ratio, leg.action, leg.exchange] for leg in contract.comboLegs]
    return {**{name: getattr(contract, name) for name in FIELDS}, "legs": legs}


def main(name, port, control_port, expiry):
    control = Control(control_port)
    client = official(port) if name == "ibapi" else Insync(name, port)
    puts = sorted(client.puts(expiry), key=lambda row: row.strike)
    middle = len(puts) // 2
    # Sold leg first: its contract id is the lower one, as the broker sorts them, so that only what it fills in differs.
    placed = combo(client.api, [(puts[middle - 1], "SELL"), (puts[middle], "BUY")])

    def after(seconds):
        """Codes of the passing seconds, without notices, and the open orders then."""
        start = len(client.codes)
        for _ in range(seconds):
            control.step(lambda: client.settle())
        codes = [code for code in client.codes[start:] if code < 2000]
        return codes, client.open()

    client.place(placed, 0.05)
    for _ in range(MOST_SECONDS):
        control.step(lambda: client.settle())
        if client.is_shown():
            break
    [(shown, price)] = client.open()
    seen = {"version": client.version, "placed": described(placed), "shown": described(shown), "price": price}
    client.change(placed, 0.06)
    codes, [(_, price)] = after(6)
    seen["asPlaced"] = [codes, price]
    client.change(shown, 0.07)
    codes, [(_, price)] = after(6)
    seen["asShown"] = [codes, price]
    client.cancel()
    codes, left = after(6)
    seen["cancelled"] = [codes, len(left)]
    client.disconnect()
    return {"seen": seen, "decoderErrors": decoder_errors()}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
