#include "tmpl/unicode.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "base/utf8.h"

/* libc's tables, independent of the process's locale. Written once; without the locale (libc always has it on
 * the systems we support) only ASCII has letters and case. */
static locale_t utf8_locale;
static wctrans_t title_case;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void load(void)
{
    utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8_locale == (locale_t)0)
        utf8_locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    title_case = wctrans_l("totitle", utf8_locale);
}

static locale_t tables(void)
{
    (void)pthread_once(&loaded, load);
    return utf8_locale;
}

bool rune_is_letter(uint32_t r)
{
    if (r < 0x80)
        return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z');
    return r != UTF8_REPLACEMENT && iswalpha_l(r, tables()) != 0;
}

bool rune_is_digit(uint32_t r)
{
    return r >= '0' && r <= '9'; /* libc counts the digits of other scripts as letters */
}

bool rune_is_space(uint32_t r)
{
    return (r >= '\t' && r <= '\r') || r == ' ' || r == 0x85 || r == 0xA0 || r == 0x1680 ||
           (r >= 0x2000 && r <= 0x200A) || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F ||
           r == 0x3000;
}

uint32_t rune_upper(uint32_t r)
{
    return (uint32_t)towupper_l(r, tables());
}

uint32_t rune_lower(uint32_t r)
{
    return (uint32_t)towlower_l(r, tables());
}

uint32_t rune_title(uint32_t r)
{
    locale_t locale = tables();
    return title_case != (wctrans_t)0 ? (uint32_t)towctrans_l(r, title_case, locale) : rune_upper(r);
}
