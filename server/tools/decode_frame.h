/* decode_frame: `gachapon decode-frame`: a frame on stdin, judged as the socket would. */
#ifndef TOOLS_DECODE_FRAME_H
#define TOOLS_DECODE_FRAME_H

/* Reads one frame from stdin (hex digits and blanks, else raw bytes), prints one JSON line a message on
 * stdout. Options: --names (names instead of positions), --from client|server, --hex, --raw. Returns the exit
 * status: 0 all good, 1 any refused, 2 usage or stdin cannot be read. */
int tool_decode_frame(int argc, char **argv);

#endif
