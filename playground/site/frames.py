"""WebSockets that cost little memory while nothing is said on them: hundreds of pages stay open."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame

# What a socket packs with: 22 KB of state for each where uvicorn's own choice takes 38.
_WINDOW_BITS, _MEMORY_LEVEL = 11, 4


class LightSockets(WebSocketsSansIOProtocol):
    """uvicorn's protocol. A message's bytes are let go when it was read, not with the next one,
    which websockets' parser waits for with the last frame in its hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.conn.available_extensions:
            self.conn.available_extensions = [
                ServerPerMessageDeflateFactory(
                    server_max_window_bits=_WINDOW_BITS,
                    client_max_window_bits=_WINDOW_BITS,
                    compress_settings={"memLevel": _MEMORY_LEVEL},
                )
            ]

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        event.data = b""
