"""HTTP/2 by hand, over TLS: what no well-behaved client library would send."""
import socket
import ssl
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4


def literal(index, value):
    return bytes([index, len(value)]) + value.encode()


def request_block(method, path):
    """HPACK with literals only: :method, :scheme, :path, :authority, content-type."""
    return literal(2, method) + b"\x87" + literal(4, path) + literal(1, "localhost") + b"\x0f\x10\x10application/json"


class Connection:
    def __init__(self, port, timeout=20):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=timeout))
        assert self.sock.selected_alpn_protocol() == "h2"
        self.sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 30))
        self.buffer = b""
        self.window = 65535

    def send(self, kind, flags, stream, payload=b""):
        self.sock.sendall(self.frame(kind, flags, stream, payload))

    @staticmethod
    def frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def next(self):
        """(kind, flags, stream, payload); None at the end."""
        try:
            while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
                more = self.sock.recv(65536)
                if not more:
                    return None
                self.buffer += more
        except OSError:
            return None
        n = int.from_bytes(self.buffer[:3], "big")
        frame = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big"), self.buffer[9:9 + n]
        self.buffer = self.buffer[9 + n:]
        return frame

    def close(self):
        self.sock.close()
