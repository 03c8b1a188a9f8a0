#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "commands.h"
#include "tabwriter.h"

/* 10.0.0.1:9094 and [fe80::1]:9094 as 16 bytes of address and a number. */
struct place {
    unsigned char ip[16];
    unsigned long port;
};

static struct place place_of(struct sv address)
{
    const char *colon = memrchr(address.p, ':', address.n);
    struct sv host = {address.p, colon != NULL ? (size_t)(colon - address.p) : address.n};
    struct place p = {.port = colon != NULL ? strtoul(colon + 1, NULL, 10) : 0};
    char text[INET6_ADDRSTRLEN + 8] = "";

    if (host.n > 1 && host.p[0] == '[')
        host = (struct sv){host.p + 1, host.n - 2};
    const bool v4 = memchr(host.p, ':', host.n) == NULL;
    if (host.n + sizeof "::ffff:" <= sizeof text) {
        memcpy(text, "::ffff:", v4 ? 7 : 0);
        memcpy(text + (v4 ? 7 : 0), host.p, host.n);
    }
    (void)inet_pton(AF_INET6, text, p.ip);
    return p;
}

static int by_address(const void *a, const void *b)
{
    const struct place x = place_of(((const struct api_peer *)a)->address);
    const struct place y = place_of(((const struct api_peer *)b)->address);
    const int order = memcmp(x.ip, y.ip, sizeof x.ip);

    return order != 0 ? order : (x.port > y.port) - (x.port < y.port);
}

static void print_peers(struct cli *c, struct api_status *s)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (s->n_peers != 0)
        qsort(s->peers, s->n_peers, sizeof(*s->peers), by_address);
    strbuf_adds(&text, "Address\tName\n");
    for (size_t i = 0; i < s->n_peers; i++)
        strbuf_addf(&text, "%.*s\t%.*s\t\n", SV_ARG(s->peers[i].address), SV_ARG(s->peers[i].name));
    strbuf_addc(&c->out, '\n');
    tabwriter_print(&c->out, strbuf_sv(&text));
}

static bool run(struct cli *c, struct err *err)
{
    struct api_status status;

    if (!client_status(c, &status, err))
        return false;
    if (c->output == OUTPUT_JSON) {
        struct jw w;
        jw_init(&w, &c->out, true);
        api_write_cluster(&w, &status);
        strbuf_addc(&c->out, '\n');
        return true;
    }
    strbuf_addf(&c->out, "Cluster Status:  %.*s\nNode Name:       %.*s\n", SV_ARG(status.cluster_status),
                SV_ARG(status.cluster_name));
    if (c->output == OUTPUT_EXTENDED)
        print_peers(c, &status);
    return true;
}

static const struct command cmd_show = {
    .name = "show",
    .help = "View cluster status and peers.",
    .is_default = true,
    .run = run,
};
static const struct command *const subs[] = {&cmd_show, NULL};

const struct command cmd_cluster = {
    .name = "cluster",
    .help = "View cluster status and peers.",
    .subs = subs,
};
