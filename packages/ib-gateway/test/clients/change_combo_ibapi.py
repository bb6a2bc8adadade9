"""Changes a resting combo with IB's Python client, as change_combo_insync.py does.

Usage: change_combo_ibapi.py API_PORT CONTROL_PORT SCRIPT
"""

import json
import sys

from ibapi.contract import ComboLeg, Contract
from ibapi.order import Order
from ibapi_client import Driver


def main(api_port, control_port, script):
    driver = Driver(api_port, control_port)

    def put(strike):
        query = Contract()
        query.symbol, query.secType, query.exchange, query.currency = "SPY", "OPT", "SMART", "USD"
        query.lastTradeDateOrContractMonth, query.right, query.strike = script["expiry"], "P", strike
        [[details]] = driver.rows("contractDetails", "contractDetailsEnd", driver.client.reqContractDetails, query)
        return details.contract.conId

    bag = Contract()
    bag.symbol, bag.secType, bag.exchange, bag.currency = "SPY", "BAG", "SMART", "USD"
    bag.comboLegs = []
    for strike, action in zip(script["combo"]["strikes"], ("BUY", "SELL")):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = put(strike), 1, action, "SMART"
        bag.comboLegs.append(leg)
    order = Order()
    order.action, order.orderType, order.totalQuantity = "BUY", "LMT", 1
    order.tif, order.orderRef, order.transmit = "DAY", "change", True
    order_id = driver.new_id()

    def step(contract, price):
        start = len(driver.wrapper.heard)
        order.lmtPrice = price
        driver.client.placeOrder(order_id, contract, order)
        for _ in range(8):
            driver.step()
        driver.list("openOrder", "openOrderEnd", driver.client.reqAllOpenOrders)
        return {"price": driver.last("openOrder", order_id)[2].lmtPrice, "errors": driver.errors(start)}

    prices = script["combo"]["prices"]
    steps = [step(bag, prices[0]), step(bag, prices[1])]
    steps.append(step(driver.last("openOrder", order_id)[1], prices[2]))
    version = driver.client.serverVersion()
    driver.close()
    return {"version": version, "steps": steps}


if __name__ == "__main__":
    with open(sys.argv[3], encoding="utf-8") as file:
        print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), json.load(file))))
