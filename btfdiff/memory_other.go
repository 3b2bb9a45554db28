//go:build !linux

package btfdiff

// adviseLarge does nothing: other systems choose their pages themselves.
func adviseLarge[T any]([]T) {}
