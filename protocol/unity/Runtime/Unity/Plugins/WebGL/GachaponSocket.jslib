// The browser's WebSocket for WebGlTransport.cs: handles instead of objects, polled. A socket is forgotten when it is closed
// from the game, or when the game has taken its last frame and heard that it is closed.
var GachaponSocket = {
  $gachaponSockets: { last: 0, open: {} },

  GachaponSocketOpen: function (url) {
    var handle = ++gachaponSockets.last;
    var entry = { frames: [], code: 0, socket: null };
    gachaponSockets.open[handle] = entry;
    try {
      entry.socket = new WebSocket(UTF8ToString(url));
    } catch (refused) {
      entry.code = 1006;
      return handle;
    }
    entry.socket.binaryType = "arraybuffer";
    entry.socket.onmessage = function (event) {
      if (typeof event.data === "string") {
        entry.code = 1003; // text is not spoken here
        entry.socket.close(1000);
      } else entry.frames.push(new Uint8Array(event.data));
    };
    entry.socket.onclose = function (event) {
      entry.code = entry.code || event.code || 1006;
    };
    return handle;
  },

  // As SocketState: 0 opening, 1 open, 2 closed. Frames that came before the end are given first.
  GachaponSocketState: function (handle) {
    var entry = gachaponSockets.open[handle];
    if (!entry || (entry.code !== 0 && entry.frames.length === 0)) return 2;
    return entry.code !== 0 || entry.socket.readyState === 1 ? 1 : entry.socket.readyState === 0 ? 0 : 1;
  },

  GachaponSocketCode: function (handle) {
    var entry = gachaponSockets.open[handle];
    if (!entry) return 1006;
    delete gachaponSockets.open[handle];
    return entry.code;
  },

  // The size of the next frame; -1 if there is none.
  GachaponSocketNext: function (handle) {
    var entry = gachaponSockets.open[handle];
    return entry && entry.frames.length > 0 ? entry.frames[0].length : -1;
  },

  GachaponSocketTake: function (handle, pointer) {
    HEAPU8.set(gachaponSockets.open[handle].frames.shift(), pointer);
  },

  GachaponSocketSend: function (handle, pointer, size) {
    var entry = gachaponSockets.open[handle];
    if (entry && entry.socket && entry.socket.readyState === 1) entry.socket.send(HEAPU8.slice(pointer, pointer + size));
  },

  GachaponSocketClose: function (handle) {
    var entry = gachaponSockets.open[handle];
    if (!entry) return;
    delete gachaponSockets.open[handle];
    if (entry.socket) entry.socket.close(1000);
  },
};

autoAddDeps(GachaponSocket, "$gachaponSockets");
mergeInto(LibraryManager.library, GachaponSocket);
