extern "C" { /* the headers of base are plain C */
#include "codec/tz.h"
}

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

/* cctz keeps what it loads for ever, and so do we: a `struct tz` is never freed and needs no lock to be read.
 */
struct tz {
    std::string name;
    cctz::time_zone zone;
};

namespace
{

using seconds = cctz::seconds;
using instant = cctz::time_point<seconds>;

instant at_unix(int64_t sec)
{
    return instant(seconds(sec));
}

/* Names that cctz understands and the zone database does not have. */
bool is_private_to_cctz(const std::string &name)
{
    return name.rfind("Fixed/", 0) == 0 || name.rfind("file:", 0) == 0 || name == "UTC0";
}

bool leaves_directory(const char *name)
{
    return name[0] == '/' || name[0] == '\\' || std::strstr(name, "..") != nullptr;
}

/* What Go calls the zone of this machine. */
std::string local_name()
{
    const char *name = std::getenv("TZ"); /* nobody sets it */
    cctz::time_zone zone;

    if (name == nullptr)
        name = "/etc/localtime";
    if (*name == ':')
        name++;
    if (!cctz::load_time_zone(name, &zone))
        return "UTC";
    return std::strcmp(name, "/etc/localtime") == 0 ? "Local" : name;
}

bool find_zone(const std::string &name, cctz::time_zone *zone)
{
    if (name == "UTC") {
        *zone = cctz::utc_time_zone();
        return true;
    }
    if (name == "Local") {
        *zone = cctz::local_time_zone();
        return true;
    }
    return !is_private_to_cctz(name) && cctz::load_time_zone(name, zone);
}

const tz *cached_zone(const std::string &name)
{
    static std::mutex lock;
    static auto &zones = *new std::map<std::string, std::unique_ptr<tz>>; /* outlives every thread at exit */
    const std::lock_guard<std::mutex> guard(lock);

    auto it = zones.find(name);
    if (it != zones.end())
        return it->second.get();
    cctz::time_zone zone;
    if (!find_zone(name, &zone))
        return nullptr;
    auto entry = std::make_unique<tz>(tz{name == "Local" ? local_name() : name, zone});
    return zones.emplace(name, std::move(entry)).first->second.get();
}

} // namespace

const struct tz *tz_load(const char *name, struct err *err)
{
    if (leaves_directory(name)) {
        (void)err_set(err, ERR_INVALID, "time: invalid location name");
        return nullptr;
    }
    const tz *found = cached_zone(name[0] != '\0' ? name : "UTC");
    if (found == nullptr)
        (void)err_set(err, ERR_INVALID, "unknown time zone %s", name);
    return found;
}

struct tz_offset tz_at(const struct tz *zone, int64_t unix_sec)
{
    if (zone == nullptr)
        return {0, "UTC"};
    const auto found = zone->zone.lookup(at_unix(unix_sec));
    return {found.offset, found.abbr};
}

const char *tz_name(const struct tz *zone)
{
    return zone != nullptr ? zone->name.c_str() : "UTC";
}

int64_t tz_to_unix(const struct tz *zone, int64_t local_sec)
{
    if (zone == nullptr)
        return local_sec;
    const auto civil = cctz::convert(at_unix(local_sec), cctz::utc_time_zone());
    return zone->zone.lookup(civil).pre.time_since_epoch().count();
}
