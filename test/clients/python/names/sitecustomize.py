"""Lets the Python clients of the tests find *.moraine.test on loopback.

Python imports this at start when its folder is on PYTHONPATH. Only that process looks names up differently: nothing of the
machine is changed, no right is needed, and certificates and host headers are checked and sent as with real names.
"""

import socket

_lookup = socket.getaddrinfo


def _loopback(host, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return _lookup("127.0.0.1" if name and name.endswith(".moraine.test") else host, *args, **options)


socket.getaddrinfo = _loopback
