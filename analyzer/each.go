package analyzer

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f for every i from 0 to n-1, on as many processors as there are,
// and returns when all calls have. It is how a run reads its objects and opens
// its kernels.
func Each(n int, f func(i int)) {
	var next atomic.Int64
	loop := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		wg.Go(loop)
	}
	loop()
	wg.Wait()
}
