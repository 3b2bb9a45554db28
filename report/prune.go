package report

// kept are the arrays that stay when they are empty: that there are no results
// is a statement.
var kept = map[string]bool{"results": true, "rules": true}

// defaults are values that SARIF gives to absent members (SARIF 2.1.0, section
// 3), by member name.
var defaults = map[string]any{
	"kind":            "fail",
	"enabled":         true,
	"isComprehensive": false,
	"language":        "en-US",
}

// prune removes from a decoded SARIF log what the library writes and nobody
// said: null, empty arrays and objects, the -1 that stands for unset, and
// defaults. The properties of a property bag are left as they are.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if key == "properties" {
				if bag, ok := child.(map[string]any); ok && len(bag) == 0 {
					delete(v, key)
				}
				continue
			}
			if child = prune(child); unsaid(key, child) {
				delete(v, key)
				continue
			}
			v[key] = child
		}
		return v
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		return v
	}
	return v
}

// unsaid reports a member that says no more than its absence.
func unsaid(key string, v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0 && !kept[key] || key == "contents" || key == "newlineSequences"
	case map[string]any:
		return len(v) == 0
	case float64:
		return v == -1
	}
	d, ok := defaults[key]
	return ok && d == v
}
