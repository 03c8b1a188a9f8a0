/* Any body that is posted to the bridge: no crash, all that is taken lies where it may, and a refusal says
 * why. */
#include "http/bridge_json.h"
#include "slices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t touch_map(const struct json_map *map)
{
    size_t sum = 0;
    for (size_t i = 0; i < map->n; i++)
        sum += touch(map->v[i].name) + touch(map->v[i].value);
    return sum;
}

static size_t touch_all(const struct bridge_message *m)
{
    size_t sum = touch(m->receiver) + touch(m->external_url) + touch(m->group_key) + touch(m->reason) +
                 touch_map(&m->group_labels);
    for (size_t i = 0; i < m->n; i++)
        sum += touch_map(&m->v[i].labels) + touch_map(&m->v[i].annotations) + touch(m->v[i].generator_url);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv body = {(const char *)data, size};
    struct bridge_message m;
    struct arena mem;
    struct err err = {0};

    arena_init(&mem, 1 << 22);
    if (bridge_read_json(body, &mem, &m, &err)) {
        check(touch_all(&m) != SIZE_MAX);
    } else {
        check(err.text[0] != '\0');
    }
    arena_done(&mem);
    return 0;
}
