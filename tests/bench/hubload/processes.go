package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const ticksPerSecond = 100

// stat has the fields of /proc/<pid>/stat behind the name, which may contain anything.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text)[strings.LastIndex(string(text), ")")+1:])
}

// family is these processes and all that they have started, as of now.
func family(roots []int) []int {
	children := map[int][]int{}
	directories, _ := filepath.Glob("/proc/[0-9]*")
	for _, directory := range directories {
		pid, _ := strconv.Atoi(filepath.Base(directory))
		if fields := stat(pid); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], pid)
		}
	}
	found := append([]int{}, roots...)
	for place := 0; place < len(found); place++ {
		found = append(found, children[found[place]]...)
	}
	return found
}

// cpuSeconds is the processor time that these processes and theirs have taken, those that have ended included.
func cpuSeconds(roots []int) float64 {
	ticks := 0.0
	for _, pid := range family(roots) {
		if fields := stat(pid); len(fields) > 14 {
			for _, field := range fields[11:15] {
				value, _ := strconv.ParseFloat(field, 64)
				ticks += value
			}
		}
	}
	return ticks / ticksPerSecond
}

// pssMiB is the proportional share of memory of these processes and theirs.
func pssMiB(roots []int) float64 {
	kib := 0.0
	for _, pid := range family(roots) {
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(rollup), "\n") {
			if strings.HasPrefix(line, "Pss:") {
				value, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
				kib += value
			}
		}
	}
	return kib / 1024
}
