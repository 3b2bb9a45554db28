package bpfobj

type ext struct{}
