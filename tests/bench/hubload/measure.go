package main

import (
	"fmt"
	"log"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const patience = 120 * time.Second

// Shape is what one shape of load came to. Times are milliseconds; those of a steady rate run from the instant an event was
// to be sent to its arrival at the webhook.
type Shape struct {
	Name           string  `json:"name"`
	PerSecond      float64 `json:"per_second"`
	P50            float64 `json:"p50_ms"`
	P99            float64 `json:"p99_ms"`
	Lost           int     `json:"lost"`
	Doubled        int     `json:"doubled"`
	Refused        int     `json:"refused"`
	CPUPerThousand float64 `json:"cpu_s_per_1000"`
}

// Result has all shapes, and the memory of the hub's processes afterwards: their proportional share, in MiB.
type Result struct {
	Shapes []Shape `json:"shapes"`
	PSS    float64 `json:"pss_mib"`
}

// Measure runs all shapes one after the other.
func Measure(options Options, sender *Sender, receiver *Receiver) (Result, error) {
	var result Result
	processes, err := numbers("-pids", options.Pids)
	if err != nil {
		return result, err
	}
	rates, err := numbers("-rates", options.Rates)
	if err != nil {
		return result, err
	}
	note := func(shape Shape, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", shape.Name, err)
		}
		result.Shapes = append(result.Shapes, shape)
		log.Printf("%-24s %8.0f/s  p50 %7.1f ms  p99 %7.1f ms  lost %d  doubled %d  refused %d  CPU %.2f s per 1,000",
			shape.Name, shape.PerSecond, shape.P50, shape.P99, shape.Lost, shape.Doubled, shape.Refused, shape.CPUPerThousand)
		return nil
	}
	for _, callers := range []int{1, 16, 64} {
		if err := note(ingest(sender, receiver, callers, options.Slice, processes)); err != nil {
			return result, err
		}
	}
	if options.Burst > 0 {
		if err := note(burst(sender, receiver, options.Burst, processes)); err != nil {
			return result, err
		}
	}
	for _, rate := range rates {
		if err := note(steady(sender, receiver, rate, options.Slice, processes)); err != nil {
			return result, err
		}
	}
	result.PSS = pssMiB(processes)
	return result, nil
}

func ingest(sender *Sender, receiver *Receiver, callers int, slice time.Duration, processes []int) (Shape, error) {
	shape := Shape{Name: fmt.Sprintf("ingest, %d callers", callers)}
	_, warm, err := sender.Closed(callers, until(time.Second))
	if err != nil {
		return shape, err
	}
	receiver.WaitFor(warm, patience)
	spent, began := cpuSeconds(processes), time.Now()
	times, ids, err := sender.Closed(callers, until(slice))
	if err != nil {
		return shape, err
	}
	shape.PerSecond = float64(len(ids)) / time.Since(began).Seconds()
	shape.P50, shape.P99 = percentiles(times)
	shape.count(receiver, ids)
	shape.CPUPerThousand = (cpuSeconds(processes) - spent) / float64(len(ids)) * 1_000
	return shape, nil
}

func burst(sender *Sender, receiver *Receiver, events int, processes []int) (Shape, error) {
	shape := Shape{Name: fmt.Sprintf("burst of %d, delivered", events)}
	var left atomic.Int64
	left.Store(int64(events))
	spent, began := cpuSeconds(processes), time.Now()
	_, ids, err := sender.Closed(64, func() bool { return left.Add(-1) >= 0 })
	if err != nil {
		return shape, err
	}
	shape.count(receiver, ids)
	last, times := began, []time.Duration{}
	for _, id := range ids {
		if at, count := receiver.Arrived(id); count > 0 {
			times = append(times, at.Sub(began))
			if at.After(last) {
				last = at
			}
		}
	}
	shape.PerSecond = float64(len(times)) / last.Sub(began).Seconds()
	shape.P50, shape.P99 = percentiles(times)
	shape.CPUPerThousand = (cpuSeconds(processes) - spent) / float64(events) * 1_000
	return shape, nil
}

func steady(sender *Sender, receiver *Receiver, rate int, slice time.Duration, processes []int) (Shape, error) {
	shape := Shape{Name: fmt.Sprintf("steady, %d/s", rate)}
	spent := cpuSeconds(processes)
	due, refused, err := sender.Open(rate, slice)
	if len(due) == 0 {
		return shape, err
	}
	if refused > 0 {
		log.Printf("%s: %d were not taken, the last of them: %v", shape.Name, refused, err)
	}
	shape.Refused = refused
	ids := make([]string, 0, len(due))
	for id := range due {
		ids = append(ids, id)
	}
	shape.count(receiver, ids)
	var times []time.Duration
	var first, last time.Time
	for id, at := range due {
		came, count := receiver.Arrived(id)
		if count == 0 {
			continue
		}
		times = append(times, came.Sub(at))
		if first.IsZero() || came.Before(first) {
			first = came
		}
		if came.After(last) {
			last = came
		}
	}
	if seconds := last.Sub(first).Seconds(); seconds > 0 {
		shape.PerSecond = float64(len(times)-1) / seconds
	}
	shape.P50, shape.P99 = percentiles(times)
	shape.CPUPerThousand = (cpuSeconds(processes) - spent) / float64(len(ids)) * 1_000
	return shape, nil
}

// count waits for these events and notes which were lost and which came more than once.
func (shape *Shape) count(receiver *Receiver, ids []string) {
	shape.Lost = receiver.WaitFor(ids, patience)
	for _, id := range ids {
		if _, count := receiver.Arrived(id); count > 1 {
			shape.Doubled++
		}
	}
}

func until(last time.Duration) func() bool {
	ends := time.Now().Add(last)
	return func() bool { return time.Now().Before(ends) }
}

func percentiles(times []time.Duration) (float64, float64) {
	if len(times) == 0 {
		return 0, 0
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		return times[min(len(times)-1, int(part*float64(len(times))))].Seconds() * 1_000
	}
	return at(0.5), at(0.99)
}

// numbers reads a list of whole numbers over 0, separated by commas.
func numbers(name, list string) ([]int, error) {
	found := []int{}
	for _, text := range strings.FieldsFunc(list, func(each rune) bool { return each == ',' }) {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 {
			return nil, fmt.Errorf("%s must be whole numbers over 0, separated by commas", name)
		}
		found = append(found, number)
	}
	return found, nil
}
