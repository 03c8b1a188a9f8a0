#include "core/lane_view.h"

#include "base/attr.h"

const char *lane_state_text(enum lane_state s)
{
    static const char *const texts[] = {
        [LANE_CLOSED] = "closed", [LANE_OPEN] = "open", [LANE_HALF_OPEN] = "half-open"};
    return (size_t)s < COUNT_OF(texts) ? texts[s] : "unknown";
}
