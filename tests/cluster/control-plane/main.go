// Command kube is a whole Kubernetes control plane in one test binary: etcd, API server, controllers, scheduler. Each is
// the real thing, linked, not imitated.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// The parts by name. The binary is a part also where it is started under the part's name, as through a link.
var parts = map[string]func(){
	"etcd":        func() { etcdmain.Main(os.Args) },
	"apiserver":   func() { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) },
	"controllers": func() { os.Exit(cli.Run(controllers.NewControllerManagerCommand())) },
	"scheduler":   func() { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
}

func main() {
	if run, ok := parts[filepath.Base(os.Args[0])]; ok {
		run()
		return
	}
	if len(os.Args) > 1 {
		if run, ok := parts[os.Args[1]]; ok {
			os.Args = os.Args[1:]
			run()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: kube etcd|apiserver|controllers|scheduler [flags]")
	os.Exit(2)
}
