/* Listening sockets: one per address, shared by all loops. (Not one per loop with SO_REUSEPORT: a second
 * server would then silently take half of the connections instead of failing.)
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "server_priv.h"

/* Accepted sockets inherit it: a peer that does not read, or is gone, loses its connection. h2o has no write
 * timeout. */
#define USER_TIMEOUT_MS 30000

static bool split_address(const char *address, char host[256], char port[32])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL)
        return false;
    size_t n = (size_t)(colon - address);
    if (n >= 2 && address[0] == '[' && address[n - 1] == ']') {
        address++;
        n -= 2;
    } else if (memchr(address, ':', n) != NULL) {
        return false; /* IPv6 needs its brackets */
    }
    if (n >= 256 || strlen(colon + 1) >= 32)
        return false;
    memcpy(host, address, n);
    host[n] = '\0';
    (void)snprintf(port, 32, "%s", colon[1] != '\0' ? colon + 1 : "0");
    return true;
}

/* As Go: an IPv4 address before others when a name has several; without a host all of both families. */
static const struct addrinfo *choose(const struct addrinfo *all, bool any_host)
{
    const int wanted = any_host ? AF_INET6 : AF_INET;
    for (const struct addrinfo *a = all; a != NULL; a = a->ai_next)
        if (a->ai_family == wanted)
            return a;
    return all;
}

static void limit_stalls(int fd)
{
    const unsigned user_timeout = USER_TIMEOUT_MS;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
}

static int open_socket(const struct addrinfo *a)
{
    const int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1, off = 0;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    limit_stalls(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (a->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    const int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void name_address(struct listener *l)
{
    struct sockaddr_storage at = {0};
    socklen_t n = sizeof at;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    (void)snprintf(l->address, sizeof l->address, "fd %d", l->fd);
    if (getsockname(l->fd, (struct sockaddr *)&at, &n) != 0 ||
        getnameinfo((struct sockaddr *)&at, n, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    const bool v6 = at.ss_family == AF_INET6;
    (void)snprintf(l->address, sizeof l->address, "%s%.50s%s:%.8s", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

/* Without IPv6 in the kernel, ":9093" means all IPv4 addresses. */
static int open_any(const struct addrinfo *all, bool any_host)
{
    const struct addrinfo *first = choose(all, any_host);
    const int fd = open_socket(first);
    if (fd >= 0 || errno != EAFNOSUPPORT || !any_host)
        return fd;
    return open_socket(choose(all, false));
}

static bool open_tcp(struct listener *l, const char *address, struct err *err)
{
    char host[256], port[32];
    if (!split_address(address, host, port))
        return err_set(err, ERR_INVALID, "listen tcp: address %s: missing port or bad host", address);
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all;
    const bool any_host = host[0] == '\0';
    const int failed = getaddrinfo(any_host ? NULL : host, port, &hints, &all);
    if (failed != 0)
        return err_set(err, ERR_INVALID, "listen tcp: lookup %s: %s", address, gai_strerror(failed));
    l->fd = open_any(all, any_host);
    const int saved = errno;
    freeaddrinfo(all);
    errno = saved;
    if (l->fd < 0)
        return err_errno(err, "listen tcp %s", address);
    name_address(l);
    return true;
}

/* ---- Unix sockets ---- */

/* A socket file that nobody listens on is left over from a process that died. */
static bool is_left_over(const struct sockaddr_un *at)
{
    struct stat st;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool refused = connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused && lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool bind_unix(int fd, const struct sockaddr_un *at)
{
    if (bind(fd, (const struct sockaddr *)at, sizeof *at) == 0)
        return true;
    if (errno != EADDRINUSE)
        return false;
    if (!is_left_over(at) || unlink(at->sun_path) != 0) {
        errno = EADDRINUSE;
        return false;
    }
    return bind(fd, (const struct sockaddr *)at, sizeof *at) == 0;
}

static bool open_unix(struct listener *l, const char *path, struct err *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (*path == '\0' || strlen(path) >= sizeof at.sun_path)
        return err_set(err, ERR_INVALID, "listen unix: the path has to have 1 to %zu bytes",
                       sizeof at.sun_path - 1);
    memcpy(at.sun_path, path, strlen(path));
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || !bind_unix(l->fd, &at) || listen(l->fd, SOMAXCONN) != 0) {
        (void)err_errno(err, "listen unix %s", path);
        listener_close(l);
        return false;
    }
    l->unix_path = xstrdup(path);
    (void)snprintf(l->address, sizeof l->address, "unix:%s", path);
    return true;
}

/* ---- sockets that were passed to us ---- */

#define FIRST_PASSED_FD 3 /* sd_listen_fds(3) */

size_t listener_passed(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    if (pid == NULL || n == NULL || strtol(pid, NULL, 10) != getpid())
        return 0;
    const long fds = strtol(n, NULL, 10);
    return fds > 0 && fds <= LISTENERS_MAX ? (size_t)fds : 0;
}

bool listener_adopt(struct listener *l, size_t i, struct err *err)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    l->fd = FIRST_PASSED_FD + (int)i;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
        const int fd = l->fd;
        l->fd = -1;
        return err_set(err, ERR_INVALID, "descriptor %d of systemd is not a listening socket", fd);
    }
    (void)fcntl(l->fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(l->fd, F_SETFL, fcntl(l->fd, F_GETFL) | O_NONBLOCK);
    limit_stalls(l->fd);
    name_address(l);
    return true;
}

bool listener_open(struct listener *l, const char *address, struct err *err)
{
    l->fd = -1;
    if (strncmp(address, "unix:", 5) == 0)
        return open_unix(l, address + (strncmp(address, "unix://", 7) == 0 ? 7 : 5), err);
    return open_tcp(l, address, err);
}

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    if (l->unix_path != NULL)
        (void)unlink(l->unix_path);
    free(l->unix_path);
    l->unix_path = NULL;
}
