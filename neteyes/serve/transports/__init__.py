"""Carry frames between a page and its mirror: as JPEGs over the WebSocket, or as WebRTC video."""
