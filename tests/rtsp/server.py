"""A real RTSP server (GStreamer's), for the system's Python: H.264 in, RTP out, on a port of 127.0.0.1.

Usage: server.py live | loop FILE [--user U --password P --digest]

`live` serves what comes in on standard input, `loop` serves FILE again and again, from its start whenever a
first viewer comes. Both are records: HEAD, then one access unit in Annex B. "ready PORT" is printed once
viewers may come; the server ends with its standard input.
"""

import argparse
import struct
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

HEAD = struct.Struct(">dd?I")  # pts and dts in seconds, whether a key frame, bytes that follow
PIPELINE = (
    "( appsrc name=in is-live=true format=time max-bytes=0"
    " caps=video/x-h264,stream-format=byte-stream,alignment=au"
    " ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def records(file):
    while len(head := file.read(HEAD.size)) == HEAD.size:
        pts, dts, key, size = HEAD.unpack(head)
        yield pts, dts, key, file.read(size)


def laps(path):
    """The clip for ever, each lap after the one before, given out at its own speed."""
    with open(path, "rb") as file:
        clip = list(records(file))
    step = (clip[-1][1] - clip[0][1]) / max(len(clip) - 1, 1)
    offset, began = 0.0, time.monotonic() - clip[0][1]
    while True:
        for pts, dts, key, data in clip:
            time.sleep(max(0.0, began + offset + dts - time.monotonic()))
            yield pts + offset, dts + offset, key, data
        offset += clip[-1][1] - clip[0][1] + step


def push(source, stream, wanted):
    """Feed one pipeline, from a key frame on, its first frame being now."""
    base = None
    for pts, dts, key, data in stream:
        if not wanted():
            return
        if base is None:
            if not key:
                continue
            now = source.get_current_running_time()
            base = (0 if now == Gst.CLOCK_TIME_NONE else now) - int(dts * Gst.SECOND)
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts, buffer.dts = base + int(pts * Gst.SECOND), base + int(dts * Gst.SECOND)
        if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
            return


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=("live", "loop"))
    parser.add_argument("file", nargs="?")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true")
    args = parser.parse_args()
    Gst.init(None)
    server, main_loop = GstRtspServer.RTSPServer(), GLib.MainLoop()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    viewers = {"source": None}

    def configure(_factory, media):
        media.connect("unprepared", lambda _media: viewers.update(source=None))
        media.get_element().get_by_name_recurse_up("in").connect("need-data", begin)

    def begin(source, _length):
        # Before its first "need-data" a source throws away what it is given.
        if viewers["source"] is source:
            return
        viewers["source"] = source
        if args.mode == "loop":
            feed = (source, laps(args.file), lambda: viewers["source"] is source)
            threading.Thread(target=push, args=feed, daemon=True).start()

    def read_input():
        stream = records(sys.stdin.buffer)
        if args.mode == "loop":
            sys.stdin.buffer.read()
        for _ in stream:  # thrown away while nobody watches
            source = viewers["source"]
            if source is not None:
                push(source, stream, lambda source=source: viewers["source"] is source)
        main_loop.quit()

    factory.connect("media-configure", configure)
    if args.user:
        protect(server, factory, args)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    threading.Thread(target=read_input, daemon=True).start()
    print("ready", server.get_bound_port(), flush=True)
    main_loop.run()


def protect(server, factory, args):
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if args.digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(args.user, args.password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(args.user, args.password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", permission, True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
