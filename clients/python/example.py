"""Sends a one-time code and reads what became of it, then sends a message with a large file and receives it.

API_URL, API_TOKEN, API_USER and API_PASSWORD say where and as whom; `.ci/with-server` gives all four.
"""

import hashlib
import os
import tempfile
import time
import uuid
import zipfile

from budstikke import Exchange, Notify, Problem

URL = os.environ["API_URL"]
OURS = "0192:310000001"
LARGE = 24 * 1024 * 1024


def send_a_code(notify: Notify) -> None:
    order = {
        "idempotencyId": f"code-{uuid.uuid4()}",
        "recipientSms": {
            "phoneNumber": "+4799999999",
            "timeToLiveInSeconds": 300,
            "smsSettings": {"sender": "Fjord", "body": "Koden er 402117."},
        },
    }
    receipt = notify.send_instant_sms(order)
    again = notify.send_instant_sms(order)
    assert again == receipt, "the same again is the same, and sends nothing"
    shipment = receipt["notification"]["shipmentId"]
    print("sent", shipment)

    last = 0
    for _ in range(30):
        for entry in notify.read_feed(seq=last, wait=2) or []:
            last = entry["sequenceNumber"]
            if entry["shipmentId"] == shipment:
                print("ended as", entry["recipients"][0]["status"])
                return
    raise SystemExit("the code never came to an end")


def envelope(message_id: str) -> dict:
    party = {"identifier": {"value": OURS, "authority": "iso6523-actorid-upis"}}
    return {
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "sender": [party],
            "receiver": [party],
            "documentIdentification": {
                "standard": "urn:no:difi:avtalt:xsd::avtalt",
                "typeVersion": "1.0",
                "type": "avtalt",
                "instanceIdentifier": message_id,
            },
            "businessScope": {
                "scope": [{"type": "ConversationId", "identifier": "urn:no:difi:profile:avtalt:avtalt:ver1.0"}]
            },
        },
        "avtalt": {"identifier": "sak-17", "content": {"sak": 17}},
    }


def send_a_message(exchange: Exchange, content: bytes) -> str:
    message_id = str(uuid.uuid4())
    exchange.create_message(envelope(message_id))
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        exchange.attach_file(message_id, 'attachment; name="Plan"; filename="plan.bin"', file)
    exchange.send_message(message_id)
    return message_id


def receive_it(exchange: Exchange, message_id: str, content: bytes) -> None:
    for _ in range(300):
        if exchange.peek_message(message_id=message_id):
            break
        time.sleep(0.2)
    else:
        raise SystemExit("the message never came in")
    with tempfile.TemporaryFile() as file:
        with exchange.pop_message(message_id) as answer:
            for piece in answer.pieces():
                file.write(piece)
        with zipfile.ZipFile(file) as container:
            came = container.read("plan.bin")
    assert hashlib.sha256(came).digest() == hashlib.sha256(content).digest()
    exchange.acknowledge_message(message_id)
    story = exchange.show_conversation_of_message(message_id)
    print("received", message_id, [status["status"] for status in story["messageStatuses"]])


def main() -> None:
    notify = Notify(URL, token=os.environ["API_TOKEN"])
    send_a_code(notify)
    try:
        notify.show_shipment(str(uuid.uuid4()))
        raise SystemExit("a shipment that is none was shown")
    except Problem as problem:
        assert (problem.status, problem.body["code"]) == (404, "NOT-00003"), problem

    exchange = Exchange(URL, user=os.environ["API_USER"], password=os.environ["API_PASSWORD"])
    content = os.urandom(LARGE)
    receive_it(exchange, send_a_message(exchange, content), content)


main()
