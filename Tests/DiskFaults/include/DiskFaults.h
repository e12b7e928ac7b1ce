// A library that is loaded before a program's own (LD_PRELOAD) and takes its place between the program and the disk.
//
// It writes down what the program does to SQLite's database and write-ahead log, in the order in which it does it, and
// fails or holds what it is told to. Set in the environment:
//
// ENTENTE_DISK_EVENTS  the file to which one line is appended for each call, once the call is done:
//     "log write", "log commit" (the head of a frame that ends a commit), "log sync", and the same of "database";
//     behind it " failed" when the call was made to fail, " held" when it is about to be held.
// ENTENTE_DISK_FAULT   a file that need not exist. While it does, calls that its text names behave so:
//     "log sync EIO", "log write ENOSPC", "database sync EIO" and so on fail with that error, and "log sync hold" waits
//     until the file is gone.
//
// Nothing of it is shipped; the daemon's own tests load it.
