#define _GNU_SOURCE
#include "DiskFaults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The system calls themselves, as the names of the C library are taken below.
static ssize_t real_pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}

static int real_fdatasync(int file) { return (int)syscall(SYS_fdatasync, file); }

// What the file is to SQLite, or NULL when it is none of its files.
static const char *subject(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    if (!name) return NULL;
    if (!strcmp(name, "/entente.sqlite-wal")) return "log";
    if (!strcmp(name, "/entente.sqlite")) return "database";
    return NULL;
}

static void note(const char *subject, const char *call, const char *ending) {
    static int events = -1;
    if (events < 0) {
        const char *path = getenv("ENTENTE_DISK_EVENTS");
        if (!path) return;
        events = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    char line[128];
    int length = snprintf(line, sizeof line, "%s %s%s\n", subject, call, ending);
    // One write, so that lines of several threads do not mix.
    if (syscall(SYS_write, events, line, (size_t)length) != length) abort();
}

// What was ordered for the call: empty when nothing was.
static void order(const char *subject, const char *call, char *fault, size_t size) {
    fault[0] = 0;
    const char *path = getenv("ENTENTE_DISK_FAULT");
    if (!path) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[128], prefix[64];
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return;
    text[length] = 0;
    snprintf(prefix, sizeof prefix, "%s %s ", subject, call);
    if (strncmp(text, prefix, strlen(prefix))) return;
    snprintf(fault, size, "%.*s", (int)strcspn(text + strlen(prefix), "\n"), text + strlen(prefix));
}

// Whether the call fails, with errno set; returns once it is let go when it was to be held.
static bool fails(const char *subject, const char *call) {
    char fault[32];
    order(subject, call, fault, sizeof fault);
    if (!fault[0]) return false;
    if (!strcmp(fault, "hold")) {
        note(subject, call, " held");
        do {
            usleep(1000);
            order(subject, call, fault, sizeof fault);
        } while (!strcmp(fault, "hold"));
        return false;
    }
    note(subject, call, " failed");
    errno = !strcmp(fault, "ENOSPC") ? ENOSPC : EIO;
    return true;
}

static int synchronise(int file, long number) {
    const char *of = subject(file);
    if (!of) return (int)syscall(number, file);
    if (fails(of, "sync")) return -1;
    int result = real_fdatasync(file);
    note(of, "sync", result == 0 ? "" : " failed");
    return result;
}

int fdatasync(int file) { return synchronise(file, SYS_fdatasync); }

int fsync(int file) { return synchronise(file, SYS_fsync); }

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    const char *of = subject(file);
    if (!of) return real_pwrite(file, bytes, count, offset);
    if (fails(of, "write")) return -1;
    ssize_t result = real_pwrite(file, bytes, count, offset);
    // The head of a frame has 24 bytes; those from 4 to 8 are zero unless it ends a commit (SQLite file format section 4.1).
    const unsigned char *head = bytes;
    bool ends = !strcmp(of, "log") && count == 24 && (head[4] || head[5] || head[6] || head[7]);
    note(of, ends ? "commit" : "write", result < 0 ? " failed" : "");
    return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }
