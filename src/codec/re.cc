#include "codec/re.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <re2/re2.h>

namespace
{

/* RE2's own default, written down because it is the limit of what one pattern may cost: two thirds bound the
 * compiled program, the rest is the cache for matching, which fills only as it is used. */
constexpr int64_t kMaxMem = int64_t{8} << 20;

using re2::StringPiece;

/* A pattern as RE2 reads it. RE2 of 2022 does not know (?<n>...), so a P is put in; `inserted` remembers
 * where (offsets into `text`), so that error texts can quote what the user wrote. */
struct Pattern {
    std::string text;
    std::vector<size_t> inserted;
    bool any_byte = false; /* has \C, which Go refuses and RE2 takes */
};

size_t ToOriginal(const Pattern &p, size_t at)
{
    size_t before = 0;
    while (before < p.inserted.size() && p.inserted[before] < at)
        before++;
    return at - before;
}

bool StartsWith(StringPiece s, size_t at, const char *what)
{
    return s.substr(at).starts_with(what);
}

/* The end of the literal text that the \Q at `at` starts. */
size_t SkipLiteral(StringPiece s, size_t at)
{
    const size_t end = s.find("\\E", at + 2);
    return end == StringPiece::npos ? s.size() : end + 2;
}

/* The end of the character class that the [ at `at` starts; the end of the text if it is not closed. */
size_t SkipClass(StringPiece s, size_t at)
{
    size_t i = at + 1;
    if (i < s.size() && s[i] == '^')
        i++;
    for (bool first = true; i < s.size() && (first || s[i] != ']'); first = false) {
        const size_t named = StartsWith(s, i, "[:") ? s.find(":]", i + 2) : StringPiece::npos;
        if (named != StringPiece::npos)
            i = named + 2;
        else
            i += s[i] == '\\' ? 2 : 1;
    }
    return i < s.size() ? i + 1 : s.size();
}

/* Where the next item that matters here begins, after the one at `at`. */
size_t NextItem(StringPiece s, size_t at)
{
    if (StartsWith(s, at, "\\Q"))
        return SkipLiteral(s, at);
    if (s[at] == '[')
        return SkipClass(s, at);
    return at + (s[at] == '\\' ? 2 : 1);
}

Pattern Translate(StringPiece s)
{
    Pattern out;
    for (size_t i = 0; i < s.size();) {
        if (StartsWith(s, i, "(?<") && i + 3 < s.size()) {
            out.text += "(?P<";
            out.inserted.push_back(out.text.size() - 2);
            i += 3;
            continue;
        }
        out.any_byte |= StartsWith(s, i, "\\C");
        const size_t next = std::min(NextItem(s, i), s.size());
        out.text.append(s.data() + i, next - i);
        i = next;
    }
    return out;
}

const char *GoText(RE2::ErrorCode code)
{
    switch (code) {
    case RE2::ErrorBadEscape:
        return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
        return "invalid character class";
    case RE2::ErrorBadCharRange:
        return "invalid character class range";
    case RE2::ErrorMissingBracket:
        return "missing closing ]";
    case RE2::ErrorMissingParen:
        return "missing closing )";
    case RE2::ErrorUnexpectedParen:
        return "unexpected )";
    case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
        return "invalid repeat count";
    case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
        return "expression too large";
    case RE2::NoError:
    case RE2::ErrorInternal:
        break;
    }
    return "regexp/syntax: internal error";
}

/* The piece that RE2 complains about, in the user's spelling. */
std::string Offender(const Pattern &p, StringPiece original, const RE2 &re)
{
    if (re.error_code() == RE2::ErrorPatternTooLarge)
        return std::string(original);
    const size_t at = p.text.find(re.error_arg());
    if (at == std::string::npos)
        return re.error_arg();
    const size_t from = ToOriginal(p, at), to = ToOriginal(p, at + re.error_arg().size());
    return std::string(original.substr(from, to - from));
}

bool Fail(struct err *err, const char *what, StringPiece piece)
{
    return err_set(err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", what,
                   static_cast<int>(std::min(piece.size(), sizeof err->text)), piece.data());
}

} // namespace

/* What C knows as an opaque pointer. Never deleted through RE2, whose destructor is not virtual. */
struct re final : RE2 {
    using RE2::RE2;
};

static re *Compile(StringPiece original, struct err *err)
{
    const Pattern pattern = Translate(original);
    if (pattern.any_byte) {
        Fail(err, "invalid escape sequence", "\\C");
        return nullptr;
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxMem);
    re *compiled = new re(pattern.text, options);
    if (compiled->ok())
        return compiled;
    Fail(err, GoText(compiled->error_code()), Offender(pattern, original, *compiled));
    delete compiled;
    return nullptr;
}

/* No exception may pass the border to C. What can be thrown is "out of memory". */
static re *CompileGuarded(struct sv pattern, bool anchored, struct err *err)
{
    try {
        const std::string text(pattern.n != 0 ? pattern.p : "", pattern.n);
        return Compile(anchored ? "^(?:" + text + ")$" : text, err);
    } catch (const std::exception &e) {
        err_set(err, ERR_SYSTEM, "error parsing regexp: %s", e.what());
        return nullptr;
    }
}

re *re_new(struct sv pattern, struct err *err)
{
    return CompileGuarded(pattern, false, err);
}

re *re_new_anchored(struct sv pattern, struct err *err)
{
    return CompileGuarded(pattern, true, err);
}

void re_free(re *r)
{
    delete r;
}

static StringPiece PieceOf(struct sv s)
{
    return StringPiece(s.n != 0 ? s.p : "", s.n);
}

/* Matching allocates little and within max_mem. When even that fails, the process ends, as in base/mem.h. */
bool re_match(const re *r, struct sv s)
{
    try {
        return r->Match(PieceOf(s), 0, s.n, RE2::UNANCHORED, nullptr, 0);
    } catch (...) {
        std::abort();
    }
}

size_t re_find(const re *r, struct sv s, size_t from, int (*at)[2], size_t max_groups)
{
    if (from > s.n || s.n > INT_MAX)
        return 0;
    try {
        const StringPiece text = PieceOf(s);
        const size_t groups = re_groups(r) + 1, wanted = std::min(groups, max_groups);
        std::vector<StringPiece> found(wanted);
        if (!r->Match(text, from, s.n, RE2::UNANCHORED, found.data(), static_cast<int>(wanted)))
            return 0;
        for (size_t i = 0; i < wanted; i++) {
            const bool part = found[i].data() != nullptr;
            at[i][0] = part ? static_cast<int>(found[i].data() - text.data()) : -1;
            at[i][1] = part ? at[i][0] + static_cast<int>(found[i].size()) : -1;
        }
        return groups;
    } catch (...) {
        std::abort();
    }
}

size_t re_groups(const re *r)
{
    return static_cast<size_t>(r->NumberOfCapturingGroups());
}

int re_group_named(const re *r, struct sv name)
{
    try {
        const auto &groups = r->NamedCapturingGroups();
        const auto it = groups.find(std::string(name.n != 0 ? name.p : "", name.n));
        return it == groups.end() ? -1 : it->second;
    } catch (...) {
        std::abort();
    }
}
