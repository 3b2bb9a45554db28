package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"strings"
)

// htmlStyle is what the page of a report looks like.
//
//go:embed html/style.css
var htmlStyle string

// markup is HTML that is written by hand. A constant becomes one by itself, what
// comes from elsewhere would have to be converted: it is escaped instead.
type markup string

// htmlWriter writes HTML piece by piece. A difference has tens of thousands of
// entries, for which package html/template takes three times as long, and that
// package keeps the linker from dropping methods: the command would be 7 MB larger.
type htmlWriter struct{ *bufio.Writer }

// put writes markup in which each "{}" stands for one of the texts: as content,
// or within the double quotes of an attribute.
func (h htmlWriter) put(m markup, texts ...string) {
	rest := string(m)
	for _, text := range texts {
		before, after, _ := strings.Cut(rest, "{}")
		h.WriteString(before)
		h.WriteString(html.EscapeString(clean(text)))
		rest = after
	}
	h.WriteString(rest)
}

// lines writes text of several lines as content.
func (h htmlWriter) lines(text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			h.put("\n")
		}
		h.put("{}", line)
	}
}

// inline writes markup in which "{}" stands for what is not escaped: the content
// of a style or script element, or what this package wrote itself.
func (h htmlWriter) inline(m markup, source string) {
	before, after, _ := strings.Cut(string(m), "{}")
	h.WriteString(before)
	h.WriteString(source)
	h.WriteString(after)
}

// head writes what comes before the content of the page. Nothing of the page is
// loaded from elsewhere, and its content security policy keeps everything but its
// own style and script from being applied, so that no request leaves it.
func (h htmlWriter) head(title, style, script string) {
	h.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	h.inline("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n",
		"default-src 'none'; base-uri 'none'; form-action 'none'; style-src "+policyHash(style)+"; script-src "+policyHash(script))
	h.put("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	h.put("<title>{}</title>\n", title)
	h.inline("<style>{}</style>\n</head>\n<body>\n", style)
}

// tail ends the page. Without scripts it is complete.
func (h htmlWriter) tail(script string) {
	h.inline("<script>{}</script>\n</body>\n</html>\n", script)
}

// policyHash names a text in a content security policy.
func policyHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
