package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/spf13/pflag"
)

// rodataFile is the value of --rodata that takes all values from the object.
const rodataFile = "file"

// rodataFlag registers --rodata.
func rodataFlag(flags *pflag.FlagSet, values *[]string) {
	flags.StringArrayVar(values, "rodata", nil, "value of a \"const volatile\" variable when the object is loaded, `NAME=VALUE`, which may decide\n"+
		"what code is reached; \"file\": those not named keep the values that the object has; repeatable")
}

// parseRodata reads the values of --rodata.
func parseRodata(args []string) (plan.Rodata, error) {
	var r plan.Rodata
	for _, arg := range args {
		if arg == rodataFile {
			r.File = true
			continue
		}
		name, text, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return r, fmt.Errorf("--rodata %q: want NAME=VALUE, or %s", arg, rodataFile)
		}
		value, err := parseNumber(text)
		if err != nil {
			return r, fmt.Errorf("--rodata %q: the value is no number of at most 64 bits, true or false", arg)
		}
		if r.Values == nil {
			r.Values = make(map[string]int64)
		}
		r.Values[name] = value
	}
	return r, nil
}

// parseNumber reads a number as C spells it, or a truth value.
func parseNumber(text string) (int64, error) {
	switch text {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return n, nil
	}
	n, err := strconv.ParseUint(text, 0, 64)
	return int64(n), err
}

// checkRodata says which value of --rodata means nothing to any of the objects,
// unless some is meant for other objects, or does not fit the variable of one.
func checkRodata(r plan.Rodata, objects []*bpfobj.Object, others bool) error {
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		found := false
		for _, obj := range objects {
			size, ok := plan.ReadOnlyVariable(obj, name)
			if !ok {
				continue
			}
			found = true
			switch value := r.Values[name]; {
			case size == 0:
				return fmt.Errorf("--rodata %s: it is no number in %s: name a member or an element, as in %s.member or %s[0]", name, obj.Name, name, name)
			case size < 8 && (value >= 1<<(8*size) || value < -1<<(8*size-1)):
				return fmt.Errorf("--rodata %s=%d: it does not fit the %d bits of the variable in %s", name, value, 8*size, obj.Name)
			}
		}
		if !found && !others && len(objects) > 0 {
			return fmt.Errorf("--rodata %s: no object has such a variable in read-only data", name)
		}
	}
	return nil
}
