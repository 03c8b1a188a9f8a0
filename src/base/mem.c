#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN ((size_t)16 << 10)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, at;
    alignas(16) unsigned char mem[];
};

static void *must(void *p, size_t n)
{
    if (p == NULL) {
        (void)fprintf(stderr, "out of memory allocating %zu bytes\n", n);
        abort();
    }
    return p;
}

void *xmalloc(size_t n)
{
    return must(malloc(n != 0 ? n : 1), n);
}

void *xcalloc(size_t n, size_t size)
{
    return must(calloc(n != 0 ? n : 1, size), n);
}

void *xrealloc(void *p, size_t n)
{
    return must(realloc(p, n != 0 ? n : 1), n);
}

char *xstrndup(const char *s, size_t n)
{
    char *d = xmalloc(n + 1);
    if (n != 0)
        memcpy(d, s, n);
    d[n] = '\0';
    return d;
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

void *xgrow(void *items, size_t *cap, size_t want, size_t item_size)
{
    if (want <= *cap)
        return items;
    size_t bigger = *cap != 0 ? *cap * 2 : 8;
    if (bigger < want)
        bigger = want;
    *cap = bigger;
    return xrealloc(items, bigger * item_size);
}

void arena_init(struct arena *a, size_t ceiling)
{
    *a = (struct arena){.ceiling = ceiling};
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > a->ceiling || a->used > a->ceiling - n)
        return NULL;
    n = (n + 15) & ~(size_t)15;
    struct arena_chunk *c = a->chunks;
    if (c == NULL || c->size - c->at < n) {
        size_t size = c != NULL ? c->size * 2 : CHUNK_MIN;
        if (size < n)
            size = n;
        c = xmalloc(sizeof(*c) + size);
        *c = (struct arena_chunk){.next = a->chunks, .size = size};
        a->chunks = c;
    }
    void *p = c->mem + c->at;
    c->at += n;
    a->used += n;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);
    if (p != NULL)
        memset(p, 0, n);
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *d = arena_alloc(a, n + 1);
    if (d != NULL) {
        if (n != 0)
            memcpy(d, s, n);
        d[n] = '\0';
    }
    return d;
}

static void free_from(struct arena_chunk *c)
{
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
}

void arena_reset(struct arena *a)
{
    if (a->chunks != NULL) {
        free_from(a->chunks->next);
        a->chunks->next = NULL;
        a->chunks->at = 0;
    }
    a->used = 0;
}

void arena_done(struct arena *a)
{
    free_from(a->chunks);
    a->chunks = NULL;
    a->used = 0;
}
