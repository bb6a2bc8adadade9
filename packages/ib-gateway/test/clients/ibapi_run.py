"""Runs script.json with IB's own Python client against a gateway, step for step what insync_run.py does; prints one JSON
object of what it saw.

Usage: ibapi_run.py API_PORT CONTROL_PORT SCRIPT
"""

import copy
import json
import math
import sys

from ibapi.contract import ComboLeg, Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.tag_value import TagValue
from ibapi_client import Driver

ACCOUNT = "DU1000000"


def filled_in(thing, **values):
    for name, value in values.items():
        setattr(thing, name, value)
    return thing


def leg_of(contract, action):
    return filled_in(ComboLeg(), conId=contract.conId, ratio=1, action=action, exchange="SMART")


def tick(driver, req_id, tick_type):
    rows = [row for name, row in driver.wrapper.heard if name == "tickPrice" and row[:2] == [req_id, tick_type]]
    return rows[-1][2]


def chains(driver, script, seen):
    client = driver.client
    [[details]] = driver.rows(
        "contractDetails", "contractDetailsEnd", client.reqContractDetails, filled_in(Contract(), **script["underlying"])
    )
    spy = details.contract
    driver.rows("tickPrice", "tickSnapshotEnd", client.reqMktData, spy, "", True, False, [])
    spot = round((tick(driver, driver.last_request, 1) + tick(driver, driver.last_request, 2)) / 2, 6)
    rows = driver.rows(
        "securityDefinitionOptionParameter",
        "securityDefinitionOptionParameterEnd",
        client.reqSecDefOptParams, "SPY", "", "STK", spy.conId,
    )
    _, _, trading_class, multiplier, expirations, strikes = next(row for row in rows if row[0] == "SMART")
    seen["spot"], seen["chain"] = spot, [trading_class, multiplier, len(expirations), len(strikes)]
    query = filled_in(
        Contract(), symbol="SPY", secType="OPT", right="P", exchange="SMART", currency="USD",
        lastTradeDateOrContractMonth=script["expiry"],
    )
    puts = [row[0].contract for row in driver.rows("contractDetails", "contractDetailsEnd", client.reqContractDetails, query)]
    nearest = lambda share: min(puts, key=lambda row: (abs(row.strike - share * spot), row.strike))
    short, long = nearest(script["shortStrike"]), nearest(script["longStrike"])
    seen["legs"] = [long.conId, short.conId, long.strike, short.strike]
    return spy, spot, long, short


def quotes(driver, script, spy, legs, seen):
    client = driver.client
    seen["quotes"] = []
    for leg in legs:
        driver.last_request += 1
        line = driver.last_request
        client.reqMktData(line, leg, script["genericTicks"], False, False, [])
        model = driver.wait("tickOptionComputation", lambda row: row[0] == line and row[1] == 13)
        driver.settle()
        seen["quotes"].append([tick(driver, line, 1), tick(driver, line, 2), round(model[4], 6)])
    driver.last_request += 1
    line = driver.last_request
    client.reqMktData(line, spy, "456", False, False, [])
    past, coming, date, amount = driver.wait("tickString", lambda row: row[0] == line and row[1] == 59)[2].split(",")
    seen["dividends"] = [float(past), float(coming), date, float(amount)]


def trade(driver, script, long, short, seen):
    client = driver.client
    bag = filled_in(Contract(), symbol="SPY", secType="BAG", exchange="SMART", currency="USD")
    bag.comboLegs = [leg_of(long, "BUY"), leg_of(short, "SELL")]
    natural = round(seen["quotes"][0][1] - seen["quotes"][1][0], 2)
    order = filled_in(
        Order(), action="BUY", orderType="LMT", totalQuantity=script["quantity"], lmtPrice=natural, tif="DAY",
        orderRef=script["orderRef"], transmit=True,
    )
    preview = driver.new_id()
    client.placeOrder(preview, bag, filled_in(copy.copy(order), whatIf=True))
    state = driver.wait("openOrder", lambda row: row[0] == preview)[3]
    seen["whatIf"] = [round(float(state.initMarginChange), 2), round(float(state.commissionAndFees), 4)]
    order.smartComboRoutingParams = [TagValue("NonGuaranteed", "0")]
    order_id = driver.new_id()
    client.placeOrder(order_id, bag, order)
    fills = []
    for _ in range(script["mostSteps"]):
        driver.step()
        status = driver.last("orderStatus", order_id)
        if status and status[2] > 0 and int(status[2]) not in fills:
            fills.append(int(status[2]))
        if status and status[1] == "Filled":
            break
    _, status, _, _, average, perm_id, *_ = driver.last("orderStatus", order_id)
    seen["fills"], seen["order"] = fills, [status, perm_id > 0, round(average, 4)]


def bracket(driver, script, spy, spot, seen):
    client, plan = driver.client, script["bracket"]
    dollars = lambda share: float(math.floor(share * spot))
    common = {"totalQuantity": plan["quantity"], "tif": "DAY", "account": ACCOUNT}
    parent, target, stop = driver.new_id(), driver.new_id(), driver.new_id()
    child = {"action": "SELL", "parentId": parent}
    limit = {"orderType": "LMT", "transmit": False}
    client.placeOrder(parent, spy, filled_in(Order(), action="BUY", lmtPrice=dollars(plan["entry"]), **limit, **common))
    client.placeOrder(target, spy, filled_in(Order(), lmtPrice=dollars(plan["target"]), **child, **limit, **common))
    client.placeOrder(
        stop, spy, filled_in(Order(), orderType="STP", auxPrice=dollars(plan["stop"]), transmit=True, **child, **common)
    )
    driver.step(5)
    statuses = lambda: [driver.last("orderStatus", order_id)[1] for order_id in (parent, target, stop)]
    seen["bracket"] = statuses()
    seen["open"] = len(driver.list("openOrder", "openOrderEnd", client.reqAllOpenOrders))
    client.cancelOrder(parent, OrderCancel())
    driver.step(5)
    seen["cancelled"] = statuses()


def account(driver, short, seen):
    client = driver.client
    start = len(driver.wrapper.heard)
    found = driver.rows("execDetails", "execDetailsEnd", client.reqExecutions, ExecutionFilter())
    seen["executions"] = sorted(
        [contract.secType, execution.side, int(execution.shares), round(execution.price, 4)]
        for contract, execution in found
    )
    reports = [row[0] for name, row in driver.wrapper.heard[start:] if name == "commissionAndFeesReport"]
    seen["commissions"] = round(sum(report.commissionAndFees for report in reports), 4)
    completed = driver.list("completedOrder", "completedOrdersEnd", client.reqCompletedOrders, False)
    seen["completed"] = sorted([order.orderType, state.status] for _, order, state in completed)
    positions = driver.list("position", "positionEnd", client.reqPositions)
    seen["positions"] = sorted([row[1].conId, int(row[2])] for row in positions)
    tags = "NetLiquidation,BuyingPower,InitMarginReq"
    summary = driver.rows("accountSummary", "accountSummaryEnd", client.reqAccountSummary, "All", tags)
    seen["summary"] = sorted(row[1] for row in summary)
    portfolio = driver.list("updatePortfolio", "accountDownloadEnd", client.reqAccountUpdates, True, ACCOUNT)
    seen["portfolio"] = sorted([row[0].conId, int(row[1])] for row in portfolio)
    [profit] = driver.rows("pnl", "pnl", client.reqPnL, ACCOUNT, "")
    [single] = driver.rows("pnlSingle", "pnlSingle", client.reqPnLSingle, ACCOUNT, "", short.conId)
    seen["pnl"] = [round(profit[2], 4), int(single[0])]


def history(driver, script, spy, seen):
    client, plan = driver.client, script["history"]

    def bars(duration, size):
        rows = driver.rows(
            "historicalData", "historicalDataEnd",
            client.reqHistoricalData, spy, "", duration, size, plan["whatToShow"], 1, 1, False, [],
        )
        return [row[0] for row in rows]

    daily = bars(plan["duration"], plan["barSize"])
    seen["history"] = [len(daily), daily[-1].open, daily[-1].high, daily[-1].low, daily[-1].close]
    hours = bars("1 D", "1 hour")
    seen["hours"] = [len(hours), hours[0].date[:17]]
    client.reqMarketRule(script["marketRule"])
    seen["rule"] = [[row.lowEdge, row.increment] for row in driver.wait("marketRule")[1]]
    [[symbols]] = driver.rows("symbolSamples", "symbolSamples", client.reqMatchingSymbols, script["pattern"])
    seen["symbols"] = [row.contract.symbol for row in symbols]
    [[head]] = driver.rows("headTimestamp", "headTimestamp", client.reqHeadTimeStamp, spy, "TRADES", True, 2)
    seen["head"] = f"{int(head)}.0"
    schedule = driver.rows(
        "historicalSchedule", "historicalSchedule",
        client.reqHistoricalData, spy, "", "5 D", "1 day", "SCHEDULE", 1, 1, False, [],
    )
    seen["schedule"] = [row.refDate for row in schedule[0][3]]


def rest(driver, spy, spot, short, ask, seen):
    client = driver.client
    [[items]] = driver.rows("histogramData", "histogramData", client.reqHistogramData, spy, True, "1 week")
    seen["histogram"] = len(items) > 10

    def past(name, start, end, what):
        return driver.rows(name, name, client.reqHistoricalTicks, spy, start, end, 5, what, 1, False, [])[0][0]

    ticks = past("historicalTicksBidAsk", "20260302-14:40:00", "", "BID_ASK")
    seen["ticks"] = [len(ticks), ticks[0].priceBid, ticks[0].priceAsk]
    seen["lastTicks"] = len(past("historicalTicksLast", "", "20260302-14:55:00", "TRADES"))
    seen["midTicks"] = len(past("historicalTicks", "", "20260302-14:55:00", "MIDPOINT"))
    client.reqNewsProviders()
    seen["news"] = [row.code for row in driver.wait("newsProviders")[0]]
    [[components]] = driver.rows("smartComponents", "smartComponents", client.reqSmartComponents, "9c0001")
    seen["components"] = len(components)
    client.reqMktDepthExchanges()
    seen["depth"] = len(driver.wait("mktDepthExchanges")[0]) > 0
    [[user]] = driver.rows("userInfo", "userInfo", client.reqUserInfo)
    seen["user"] = user
    computed = lambda ask_for, *values: driver.rows("tickOptionComputation", "tickOptionComputation", ask_for, *values)[0]
    implied = computed(client.calculateImpliedVolatility, short, ask, spot, [])[2]
    seen["implied"] = 0.05 < implied < 1
    seen["price"] = abs(computed(client.calculateOptionPrice, short, implied, spot, [])[4] - ask) < 0.01
    client.reqTickByTickData(driver.last_request + 1, spy, "BidAsk", 0, False)
    client.reqRealTimeBars(driver.last_request + 2, spy, 5, "TRADES", True, [])
    driver.step(20)
    heard = {name for name, _ in driver.wrapper.heard}
    seen["streams"] = ["tickByTickBidAsk" in heard, "realtimeBar" in heard]


def main(api_port, control_port, script):
    driver = Driver(api_port, control_port)
    accounts = driver.wait("managedAccounts")[0]
    seen = {"version": driver.client.serverVersion(), "accounts": accounts.strip(",").split(",")}
    spy, spot, long, short = chains(driver, script, seen)
    quotes(driver, script, spy, (long, short), seen)
    trade(driver, script, long, short, seen)
    bracket(driver, script, spy, spot, seen)
    account(driver, short, seen)
    history(driver, script, spy, seen)
    rest(driver, spy, spot, short, seen["quotes"][1][1], seen)
    connected = driver.client.isConnected()
    driver.close()
    # A message that it cannot read ends the client's connection.
    return {"seen": seen, "decoderErrors": [] if connected else ["disconnected"], "errors": sorted(set(driver.errors()))}


if __name__ == "__main__":
    with open(sys.argv[3], encoding="utf-8") as file:
        print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), json.load(file)), default=float))
