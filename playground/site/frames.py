"""WebSockets that cost little memory while nothing is said on them: hundreds of pages stay open."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame

# Each message is packed by itself: a state that lies between them takes 20 to 300 KB of memory for
# every socket, and its small window packs worse. 3: a third of the time of zlib's own choice, 6.
_LEVEL = 3


class LightSockets(WebSocketsSansIOProtocol):
    """uvicorn's protocol. A message's bytes are let go when it was read, not with the next one,
    which websockets' parser waits for with the last frame in its hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.conn.available_extensions:
            self.conn.available_extensions = [
                ServerPerMessageDeflateFactory(
                    server_no_context_takeover=True,
                    client_no_context_takeover=True,
                    compress_settings={"level": _LEVEL},
                )
            ]

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        event.data = b""
