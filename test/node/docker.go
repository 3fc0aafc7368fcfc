package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
)

// Docker is a dockerd of its own.
type Docker struct {
	Daemon
	containerd *Containerd // runs the containers, also while dockerd is away
	root       string      // the node's file system
	client     http.Client
}

// StartDocker starts dockerd. Its files are below dir, and its data where the node whose file
// system is root has them.
func StartDocker(dir, root string) (*Docker, error) {
	socket := filepath.Join(dir, "docker.sock")
	c, err := StartContainerd(dir, root)
	if err != nil {
		return nil, err
	}
	d := &Docker{root: root, containerd: c}
	d.dir = dir
	d.args = []string{
		"dockerd", "--data-root", filepath.Join(root, "var/lib/docker"), "--exec-root", filepath.Join(dir, "exec"), "--containerd", c.socket, "-H", "unix://" + socket,
		"--iptables=false", "--bridge=none", "--pidfile", filepath.Join(dir, "docker.pid"), "--storage-driver", "vfs", "--live-restore",
	}
	d.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	if err := d.Start(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return d, nil
}

// Start starts dockerd anew after Kill.
func (d *Docker) Start() error {
	return d.start(func() error { return d.call(http.MethodGet, "/_ping", nil, nil) })
}

// Stop ends dockerd and containerd, and removes their mounts.
func (d *Docker) Stop() error {
	return errors.Join(d.Daemon.Stop(), d.containerd.Stop(), unmount(filepath.Join(d.root, "var/lib/docker")))
}

// Load loads an image.
func (d *Docker) Load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.call(http.MethodPost, "/images/load", f, nil)
}

// call calls dockerd. in is a body or a value for JSON, and out what the answer is decoded to.
func (d *Docker) call(method, path string, in, out any) error {
	body, raw := in.(io.Reader)
	kind := "application/x-tar"
	if !raw {
		kind = "application/json"
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, "http://docker/v1.41"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	if out != nil {
		return json.Unmarshal(text, out)
	}
	return nil
}

// Run starts a container that writes lines, with options of the driver json-file.
func (d *Docker) Run(c *Container, rate int, logOptions map[string]string) error {
	var made struct{ ID string }
	name := fmt.Sprintf("k8s_%s_%s_%s_%s_0", c.Container, c.Pod, c.Namespace, c.UID)
	err := d.call(http.MethodPost, "/containers/create?name="+url.QueryEscape(name), map[string]any{
		"Image": Image, "Cmd": []string{c.Pod, strconv.Itoa(c.Lines), strconv.Itoa(rate)},
		"HostConfig": map[string]any{"NetworkMode": "none", "LogConfig": map[string]any{"Type": "json-file", "Config": logOptions}},
	}, &made)
	if err != nil {
		return err
	}
	c.ID = made.ID
	c.Log = filepath.Join(d.root, "var/lib/docker/containers", c.ID, c.ID+"-json.log")
	if err := d.call(http.MethodPost, "/containers/"+c.ID+"/start", nil, nil); err != nil {
		return err
	}
	return c.link(d.root)
}

// Running reports whether a container runs.
func (d *Docker) Running(c *Container) (bool, error) {
	var status struct{ State struct{ Running bool } }
	err := d.call(http.MethodGet, "/containers/"+c.ID+"/json", nil, &status)
	return status.State.Running, err
}

// Remove removes a container with its files, and then its links.
func (d *Docker) Remove(c *Container) error {
	if err := d.call(http.MethodDelete, "/containers/"+c.ID+"?force=1&v=1", nil, nil); err != nil {
		return err
	}
	return os.Remove(c.Link)
}
