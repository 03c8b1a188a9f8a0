/* Methods of times and durations (templates.md 8.1). */
#pragma once

#include "codec/tmpl.h"

extern const struct tmethod time_methods[], duration_methods[], month_methods[], weekday_methods[];
extern const struct tobj_type location_type; /* a time zone: what .Location yields and .In takes */
