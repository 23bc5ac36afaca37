# A service manager's end of $NOTIFY_SOCKET: prints each message as a line of JSON, and who sent it.
import json
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("ready", flush=True)
while True:
    # Without room for them the descriptors of a BARRIER are closed, and that is the answer to it (sd_notify(3)).
    message = receiver.recv(65536).decode()
    if not message.startswith("BARRIER="):
        print(json.dumps(message.split("\n")), flush=True)
