// Checks a log folder with the stock packages golang.org/x/mod/sumdb/tlog and note:
// checkpoint signature, every entry against its authenticated leaf hash, record and tree proofs.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...any) {
	fmt.Printf("REFUSED "+format+"\n", args...)
	os.Exit(1)
}

type folder struct{ path string }

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// Tile paths of tlog-tiles are those of Go without the height.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.path, path))
		if err != nil && tile.W < 256 {
			full := tile
			full.W = 256
			path = strings.Replace(full.Path(), "tile/8/", "tile/", 1)
			data, err = os.ReadFile(filepath.Join(f.path, path))
			if err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) bundle(index, size int64) []byte {
	width := int(min(256, size-index*256))
	tile := tlog.Tile{H: 8, L: -1, N: index, W: width}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(f.path, path))
	if err != nil {
		fail("bundle %d: %v", index, err)
	}
	return data
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("vkey: %v", err)
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("checkpoint text %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size: %v", err)
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		fail("root: %v", err)
	}
	tree := tlog.Tree{N: size, Hash: tlog.Hash(raw)}
	log := folder{dir}
	reader := tlog.TileHashReader(tree, log)
	entries(log, reader, size)
	proofs(reader, tree)
	fmt.Printf("ACCEPTED %d\n", size)
}

func entries(log folder, reader tlog.HashReader, size int64) {
	for first := int64(0); first < size; first += 256 {
		var indexes []int64
		for i := first; i < min(first+256, size); i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			fail("tiles: %v", err)
		}
		data := log.bundle(first/256, size)
		for i, hash := range hashes {
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			data = data[2+length:]
			if tlog.RecordHash(entry) != hash {
				fail("entry %d does not match its authenticated leaf hash", first+int64(i))
			}
		}
	}
}

func proofs(reader tlog.HashReader, tree tlog.Tree) {
	for n := int64(0); n < tree.N; n += 1 + tree.N/97 {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil {
			fail("leaf %d: %v", n, err)
		}
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			fail("proof %d: %v", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, hashes[0]); err != nil {
			fail("record %d: %v", n, err)
		}
	}
	for _, older := range []int64{1, 2, 255, 256, 257, 1000, 65536, 65537} {
		if older > tree.N {
			break
		}
		hash, err := tlog.TreeHash(older, reader)
		if err != nil {
			fail("tree %d: %v", older, err)
		}
		proof, err := tlog.ProveTree(tree.N, older, reader)
		if err != nil {
			fail("tree %d: %v", older, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, older, hash); err != nil {
			fail("tree %d: %v", older, err)
		}
	}
}
