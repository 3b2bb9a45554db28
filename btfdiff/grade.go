package btfdiff

import "fmt"

// Grade is what a change does to the BPF programs that use the thing.
type Grade uint8

// Grades, the mildest first: the grade of a change is the greatest of its details.
const (
	// GradeAddition is something new that nobody can depend on yet.
	GradeAddition Grade = iota
	// GradeRelocatable is a change that CO-RE absorbs, or that no program sees.
	GradeRelocatable
	// GradeSemantic leaves name and layout as they are, as far as programs read
	// them, and may mean something else: the value of an enumerator, a sign, the
	// role of a parameter. Somebody has to look at it.
	GradeSemantic
	// GradeBreaks makes a program that reads, calls or attaches to it fail or
	// read wrong data, even with CO-RE.
	GradeBreaks
	gradeEnd
)

var gradeNames = [gradeEnd]string{"addition", "relocatable", "semantic", "breaks"}

// String is the grade in the words of the JSON contract.
func (g Grade) String() string {
	if g < gradeEnd {
		return gradeNames[g]
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler] with [Grade.String].
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// ParseGrade is the grade of that name.
func ParseGrade(name string) (Grade, error) {
	for i, n := range gradeNames {
		if n == name {
			return Grade(i), nil
		}
	}
	return 0, fmt.Errorf("grade %q: unknown", name)
}
