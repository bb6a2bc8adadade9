"""Runs script.json with ib_async or ib_insync against a gateway; prints one JSON object of what it saw.

Usage: insync_run.py MODULE API_PORT CONTROL_PORT SCRIPT. Exit code 0 even when the decoder logged errors: they are in the result.
"""

import importlib
import json
import logging
import math
import sys
import urllib.request

# The two have the same names: ib_async began as ib_insync.
library = importlib.import_module(sys.argv[1])
IB, Bag, ComboLeg, Contract = library.IB, library.Bag, library.ComboLeg, library.Contract
LimitOrder, Option, StopOrder, TagValue = library.LimitOrder, library.Option, library.StopOrder, library.TagValue

logged = []


class Collector(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.ERROR:
            logged.append((record.name, record.getMessage(), str(record.exc_info[1]) if record.exc_info else ""))


logging.getLogger().addHandler(Collector())


def main(api_port, control_port, script):
    control = f"http://127.0.0.1:{control_port}"
    errors = []

    def call(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(control + path, data=data), timeout=20) as answer:
            return json.load(answer)

    def step(ib, seconds=1):
        # Everything sent before has been answered when this is.
        ib.reqCurrentTime()
        call("/advance", {"to": call("/status")["now"] + seconds * 1000})
        ib.reqCurrentTime()

    ib = IB()
    ib.errorEvent += lambda req_id, code, text, contract: errors.append(code)
    ib.connect("127.0.0.1", api_port, clientId=7, timeout=20)
    seen = {"version": ib.client.serverVersion(), "accounts": ib.managedAccounts()}

    # Chains.
    [details] = ib.reqContractDetails(Contract(**script["underlying"]))
    spy = details.contract
    [ticker] = ib.reqTickers(spy)
    spot = round((ticker.bid + ticker.ask) / 2, 6)
    chains = ib.reqSecDefOptParams("SPY", "", "STK", spy.conId)
    chain = next(row for row in chains if row.exchange == "SMART")
    seen["spot"] = spot
    seen["chain"] = [chain.tradingClass, chain.multiplier, len(chain.expirations), len(chain.strikes)]
    puts = ib.reqContractDetails(Option("SPY", script["expiry"], 0.0, "P", "SMART", currency="USD"))
    by_strike = sorted((row.contract for row in puts), key=lambda row: row.strike)
    nearest = lambda share: min(by_strike, key=lambda row: (abs(row.strike - share * spot), row.strike))
    short, long = nearest(script["shortStrike"]), nearest(script["longStrike"])
    seen["legs"] = [long.conId, short.conId, long.strike, short.strike]

    # Quotes with Greeks.
    lines = [ib.reqMktData(leg, script["genericTicks"]) for leg in (long, short)]
    while not all(line.modelGreeks and line.modelGreeks.delta is not None for line in lines):
        ib.sleep(0.01)
    ib.reqCurrentTime()
    seen["quotes"] = [[line.bid, line.ask, round(line.modelGreeks.delta, 6)] for line in lines]
    dividends = ib.reqMktData(spy, "456")
    while dividends.dividends is None:
        ib.sleep(0.01)
    paid = dividends.dividends
    seen["dividends"] = [paid.past12Months, paid.next12Months, paid.nextDate.strftime("%Y%m%d"), paid.nextAmount]
    bag = Bag(
        symbol="SPY",
        exchange="SMART",
        currency="USD",
        comboLegs=[
            ComboLeg(conId=long.conId, ratio=1, action="BUY", exchange="SMART"),
            ComboLeg(conId=short.conId, ratio=1, action="SELL", exchange="SMART"),
        ],
    )
    natural = round(lines[0].ask - lines[1].bid, 2)

    # What-if, then the combo, filled in two parts.
    order = lambda **more: LimitOrder(
        "BUY", script["quantity"], natural, tif="DAY", orderRef=script["orderRef"], transmit=True, **more
    )
    state = ib.whatIfOrder(bag, order())
    seen["whatIf"] = [round(float(state.initMarginChange), 2), round(float(state.commission), 4)]
    trade = ib.placeOrder(bag, order(smartComboRoutingParams=[TagValue("NonGuaranteed", "0")]))
    fills = []
    for _ in range(script["mostSteps"]):
        step(ib)
        if trade.orderStatus.filled and trade.orderStatus.filled not in fills:
            fills.append(trade.orderStatus.filled)
        if trade.orderStatus.status == "Filled":
            break
    seen["fills"] = fills
    seen["order"] = [trade.orderStatus.status, trade.order.permId > 0, round(trade.orderStatus.avgFillPrice, 4)]

    # A bracket that rests, and is cancelled with its parent.
    plan = script["bracket"]
    dollars = lambda share: float(math.floor(share * spot))
    parent_id = ib.client.getReqId()
    common = {"tif": "DAY", "account": ib.managedAccounts()[0]}
    legs = [
        LimitOrder("BUY", plan["quantity"], dollars(plan["entry"]), orderId=parent_id, transmit=False, **common),
        LimitOrder(
            "SELL", plan["quantity"], dollars(plan["target"]), orderId=ib.client.getReqId(), parentId=parent_id,
            transmit=False, **common
        ),
        StopOrder(
            "SELL", plan["quantity"], dollars(plan["stop"]), orderId=ib.client.getReqId(), parentId=parent_id,
            transmit=True, **common
        ),
    ]
    trades = [ib.placeOrder(spy, leg) for leg in legs]
    step(ib, 5)
    seen["bracket"] = [row.orderStatus.status for row in trades]
    seen["open"] = len(ib.reqAllOpenOrders())
    ib.cancelOrder(trades[0].order)
    step(ib, 5)
    seen["cancelled"] = [row.orderStatus.status for row in trades]

    # What is left of it all.
    found = ib.reqExecutions()
    seen["executions"] = sorted(
        [fill.contract.secType, fill.execution.side, fill.execution.shares, round(fill.execution.price, 4)]
        for fill in found
    )
    # The client keeps commissions with the fills that it saw live, not with those that it asks for.
    seen["commissions"] = round(sum(fill.commissionReport.commission for fill in ib.fills()), 4)
    completed = ib.reqCompletedOrders(False)
    seen["completed"] = sorted([row.order.orderType, row.orderStatus.status] for row in completed)
    seen["positions"] = sorted([row.contract.conId, row.position] for row in ib.reqPositions())
    seen["summary"] = sorted(
        row.tag for row in ib.accountSummary() if row.tag in ("NetLiquidation", "BuyingPower", "InitMarginReq")
    )
    seen["portfolio"] = sorted([row.contract.conId, row.position] for row in ib.portfolio())
    pnl = ib.reqPnL(ib.managedAccounts()[0])
    single = ib.reqPnLSingle(ib.managedAccounts()[0], "", short.conId)
    while math.isnan(pnl.dailyPnL) or math.isnan(single.dailyPnL):
        ib.sleep(0.01)
    seen["pnl"] = [round(pnl.realizedPnL, 4), single.position]
    plan = script["history"]
    bars = ib.reqHistoricalData(
        spy, "", plan["duration"], plan["barSize"], plan["whatToShow"], useRTH=True, formatDate=1
    )
    seen["history"] = [len(bars), bars[-1].open, bars[-1].high, bars[-1].low, bars[-1].close]
    hours = ib.reqHistoricalData(spy, "", "1 D", "1 hour", plan["whatToShow"], useRTH=True, formatDate=1)
    seen["hours"] = [len(hours), hours[0].date.strftime("%Y%m%d %H:%M:%S")]

    # The rest of the protocol, for its decoders.
    seen["rule"] = [[row.lowEdge, row.increment] for row in ib.reqMarketRule(script["marketRule"])]
    seen["symbols"] = [row.contract.symbol for row in ib.reqMatchingSymbols(script["pattern"])]
    seen["head"] = str(ib.reqHeadTimeStamp(spy, "TRADES", True, 2).timestamp())
    schedule = ib.reqHistoricalSchedule(spy, 5)
    seen["schedule"] = [row.refDate for row in schedule.sessions]
    seen["histogram"] = len(ib.reqHistogramData(spy, True, "1 week")) > 10
    ticks = ib.reqHistoricalTicks(spy, "20260302-14:40:00", "", 5, "BID_ASK", True)
    seen["ticks"] = [len(ticks), ticks[0].priceBid, ticks[0].priceAsk]
    seen["lastTicks"] = len(ib.reqHistoricalTicks(spy, "", "20260302-14:55:00", 5, "TRADES", True))
    seen["midTicks"] = len(ib.reqHistoricalTicks(spy, "", "20260302-14:55:00", 5, "MIDPOINT", True))
    seen["news"] = [row.code for row in ib.reqNewsProviders()]
    seen["components"] = len(ib.reqSmartComponents("9c0001"))
    seen["depth"] = len(ib.reqMktDepthExchanges()) > 0
    seen["user"] = ib.reqUserInfo() or ""
    implied = ib.calculateImpliedVolatility(short, lines[1].ask, spot)
    seen["implied"] = 0.05 < implied.impliedVol < 1
    price = ib.calculateOptionPrice(short, implied.impliedVol, spot)
    seen["price"] = abs(price.optPrice - lines[1].ask) < 0.01
    # The ticks of a ticker are those of its last update only.
    ticks_seen = []
    by_tick = ib.reqTickByTickData(spy, "BidAsk", 0, False)
    by_tick.updateEvent += lambda ticker: ticks_seen.extend(ticker.tickByTicks)
    bars5 = ib.reqRealTimeBars(spy, 5, "TRADES", True)
    step(ib, 20)
    seen["streams"] = [len(ticks_seen) > 0, len(bars5) > 0]
    ib.disconnect()
    decoder = [line for line in logged if "decoder" in line[0].lower() or line[2]]
    return {"seen": seen, "decoderErrors": decoder, "errors": sorted(set(errors))}


if __name__ == "__main__":
    with open(sys.argv[4], encoding="utf-8") as file:
        print(json.dumps(main(int(sys.argv[2]), int(sys.argv[3]), json.load(file))))
