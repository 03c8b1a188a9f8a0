/* Listening sockets: one per address, shared by all loops. (Not one per loop with SO_REUSEPORT: a second
 * server would then silently take half of the connections instead of failing.)
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

static int open_socket(const struct addrinfo *a)
{
    const int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1, off = 0;
    const unsigned user_timeout = USER_TIMEOUT_MS;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
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

bool listener_open(struct listener *l, const char *address, struct err *err)
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

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}
