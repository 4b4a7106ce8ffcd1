"""A moto server (https://docs.getmoto.org) for the tests, with what moto lacks of Auto Scaling and EC2 filled in.

Says on stdout where it listens ("http://127.0.0.1:40123"), and ends when its stdin is closed: it outlives no test run.
"""

import os
import sys

# Without them there is no AWS managed policy that a role could be given; moto reads it when it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
sys.dont_write_bytecode = True

import gaps  # noqa: E402, F401
import lifecycle  # noqa: E402, F401
import refresh  # noqa: E402, F401
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
sys.stdin.read()
