"""Changes a resting combo with ib_async or ib_insync, first with the contract as it was placed, then with the one that
openOrder showed; prints the price and the errors after each step as one JSON object.

Usage: change_combo_insync.py MODULE API_PORT CONTROL_PORT SCRIPT
"""

import importlib
import json
import sys
import urllib.request

library = importlib.import_module(sys.argv[1])


def main(api_port, control_port, script):
    def call(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{control_port}{path}", data=data)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    ib = library.IB()
    order = library.LimitOrder("BUY", 1, script["combo"]["prices"][0], tif="DAY", orderRef="change", transmit=True)
    errors = []
    shown = {}

    def heard(req_id, code, text, contract):
        if req_id == order.orderId:
            errors.append(code)

    ib.errorEvent += heard
    ib.connect("127.0.0.1", api_port, clientId=7, timeout=20)

    # The library keeps the contract that it was given for orders of its own; this is the one of the message.
    keep = ib.wrapper.openOrder

    def open_order(order_id, contract, order, state):
        shown[order_id] = (contract, order.lmtPrice)
        keep(order_id, contract, order, state)

    ib.wrapper.openOrder = open_order

    def put(strike):
        [row] = ib.reqContractDetails(library.Option("SPY", script["expiry"], strike, "P", "SMART", currency="USD"))
        return row.contract.conId

    legs = [
        library.ComboLeg(conId=put(strike), ratio=1, action=action, exchange="SMART")
        for strike, action in zip(script["combo"]["strikes"], ("BUY", "SELL"))
    ]
    bag = library.Bag(symbol="SPY", exchange="SMART", currency="USD", comboLegs=legs)
    order.orderId = ib.client.getReqId()

    def step(contract, price):
        errors.clear()
        order.lmtPrice = price
        ib.placeOrder(contract, order)
        for _ in range(8):
            ib.reqCurrentTime()
            call("/advance", {"to": call("/status")["now"] + 1000})
        ib.reqAllOpenOrders()
        return {"price": shown[order.orderId][1], "errors": list(errors)}

    prices = script["combo"]["prices"]
    steps = [step(bag, prices[0]), step(bag, prices[1]), step(shown[order.orderId][0], prices[2])]
    version = ib.client.serverVersion()
    ib.disconnect()
    return {"version": version, "steps": steps}


if __name__ == "__main__":
    with open(sys.argv[4], encoding="utf-8") as file:
        print(json.dumps(main(int(sys.argv[2]), int(sys.argv[3]), json.load(file))))
