package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"html/template"
)

// htmlStyle is what the pages of this package look like.
//
//go:embed html/style.css
var htmlStyle string

// htmlPage is a page in one file.
type htmlPage struct {
	title string
	// script runs after the page is read. The page is complete without it.
	script string
	// body is a template; data is what it is executed with. The template has
	// to be given what is cleaned already.
	body string
	data any
}

// write writes the page. Nothing of it is loaded from elsewhere, and its
// content security policy keeps everything but its own style and script from
// being applied, so that no request leaves it.
func (p *htmlPage) write(w *bufio.Writer) error {
	t, err := template.New("page").Parse(p.body)
	if err != nil {
		return err
	}
	w.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	w.WriteString(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; style-src ` +
		policyHash(htmlStyle) + `; script-src ` + policyHash(p.script) + "\">\n")
	w.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	w.WriteString("<title>" + html.EscapeString(clean(p.title)) + "</title>\n")
	w.WriteString("<style>" + htmlStyle + "</style>\n</head>\n<body>\n")
	if err := t.Execute(w, p.data); err != nil {
		return err
	}
	_, err = w.WriteString("<script>" + p.script + "</script>\n</body>\n</html>\n")
	return err
}

// policyHash names a text in a content security policy.
func policyHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
