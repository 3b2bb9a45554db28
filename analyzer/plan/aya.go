package plan

import "strings"

// Aya is aya 0.14.0 (aya-obj 0.3.0). So far only its CO-RE relocations are
// modelled.
//
// The release before, 0.13.1, differs in one thing: on a kernel without ENUM64
// it refuses an object with a relocation of an ENUM64's enumerator.
var Aya = &Loader{
	Name: "aya", Version: "0.14.0", OnlyCORE: true,
	CORE:          ayaCORE,
	EssentialName: ayaEssentialName,
}

// ayaEssentialName cuts at the first "___", even one that starts the name
// (aya-obj src/btf/relocation.rs, flavorless_name).
func ayaEssentialName(name string) string {
	stem, _, _ := strings.Cut(name, "___")
	return stem
}
