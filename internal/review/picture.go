// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// picture is the drawing of a change: steps from left to right, a lane for each
// table that is locked, a bar for each lock in the colour of what it stops. Wide
// columns are steps that last as long as the table is large. Phases that come in
// later applies stand at the end, dashed. Lengths are units of the SVG.
type picture struct {
	Width, Height int
	Lanes         []lane
	Columns       []column
	Bands         []band
	Bars          []bar
	// LaneEnd is where the lanes end, and the effects stand.
	LaneEnd, EffectY int
}

type lane struct {
	Label, Title string
	Y, TextY     int
}

type column struct {
	X, Width, Middle int
	Number           int
	Effect           string
	Later            bool
}

// band is a phase above the steps that belong to it.
type band struct {
	X, Width, Middle int
	Label            string
	Later            bool
}

type bar struct {
	X, Y, Width int
	Class, Text string
	// Title is shown by a pointing device, and read aloud.
	Title string
}

const (
	gutter      = 200
	laneTop     = 52
	laneHeight  = 30
	barHeight   = 20
	briefWidth  = 68
	longWidth   = 128
	labelLength = 27
	noLockLane  = "no lock"
)

// draw returns nil where there is nothing to draw.
func (c *Change) draw() *picture {
	if len(c.Operations) == 0 {
		return nil
	}
	p := &picture{}
	for i, o := range c.Operations {
		width := briefWidth
		if o.Lasts {
			width = longWidth
		}
		p.Columns = append(p.Columns, column{Width: width, Number: i + 1, Effect: o.shortEffect()})
	}
	for range c.later() {
		p.Columns = append(p.Columns, column{Width: longWidth, Effect: "a later apply", Later: true})
	}
	p.place()
	p.addBands(c)
	for i, o := range c.Operations {
		at := p.Columns[i]
		if len(o.Locks) == 0 {
			p.Bars = append(p.Bars, bar{X: at.X + 2, Y: p.laneOf(noLockLane), Width: at.Width - 4, Class: "none", Title: o.headline(asItIs)})
		}
		for _, l := range o.Locks {
			class := map[Stops]string{StopsAll: "all", StopsWrites: "writes", StopsNothing: "weak"}[l.Stops]
			p.Bars = append(p.Bars, bar{X: at.X + 2, Y: p.laneOf(l.Table), Width: at.Width - 4, Class: class, Title: l.Mode + " on " + l.Table + ": " + o.Effect + ". Stops " + string(l.Stops) + "."})
		}
	}
	p.LaneEnd = laneTop + len(p.Lanes)*laneHeight
	p.EffectY = p.LaneEnd + 18
	p.Height = p.LaneEnd + 28
	return p
}

// later are the phases that are to come in applies of their own.
func (c *Change) later() []schema.Phase {
	if c.Phase == schema.NoPhase || len(c.Retained) == 0 {
		return nil
	}
	return schema.Phases[slices.Index(schema.Phases, c.Phase)+1:]
}

// place puts the columns beside each other.
func (p *picture) place() {
	x := gutter
	for i := range p.Columns {
		c := &p.Columns[i]
		c.X, c.Middle = x, x+c.Width/2
		x += c.Width
	}
	p.Width = x + 2
}

// addBands draws a band over neighbours of one phase.
func (p *picture) addBands(c *Change) {
	later := c.later()
	for i, at := range p.Columns {
		var label string
		switch {
		case at.Later:
			label = string(later[i-len(c.Operations)])
		default:
			label = string(c.Operations[i].Phase)
		}
		if label == "" {
			continue
		}
		if n := len(p.Bands); n > 0 && p.Bands[n-1].Label == label && p.Bands[n-1].X+p.Bands[n-1].Width == at.X-2 {
			p.Bands[n-1].Width += at.Width
			continue
		}
		p.Bands = append(p.Bands, band{X: at.X + 2, Width: at.Width - 4, Label: label, Later: at.Later})
	}
	for i := range p.Bands {
		p.Bands[i].Middle = p.Bands[i].X + p.Bands[i].Width/2
	}
}

// laneOf returns the height of the bars of a table, whose lane it makes.
func (p *picture) laneOf(table string) int {
	i := slices.IndexFunc(p.Lanes, func(l lane) bool { return l.Title == table })
	if i < 0 {
		i = len(p.Lanes)
		y := laneTop + i*laneHeight
		p.Lanes = append(p.Lanes, lane{Label: shortened(visible(table), labelLength), Title: table, Y: y, TextY: y + laneHeight/2 + 4})
	}
	return p.Lanes[i].Y + (laneHeight-barHeight)/2
}

func shortened(text string, length int) string {
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	return string(runes[:length-1]) + "…"
}

// shortEffect is the effect in a word or two.
func (o *Operation) shortEffect() string {
	for _, e := range []struct{ effect, short string }{
		{"drops", "drops"},
		{"rewrites", "rewrites"},
		{"builds", "builds an index"},
		{"updates", "fills rows"},
		{"scans", "reads all rows"},
		{"reads a sample", "reads a sample"},
		{"creates", "creates"},
	} {
		if hasEffect(o.Effect, e.effect) {
			return e.short
		}
	}
	return "instant"
}

// hasEffect looks for words at the beginning of one of the effects, which
// commas separate.
func hasEffect(effects, words string) bool {
	for effect := range strings.SplitSeq(effects, ", ") {
		if strings.HasPrefix(effect, words) {
			return true
		}
	}
	return false
}
