// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func (b *bundle) stampTrigger(t *testing.T) {
	t.Helper()
	b.exec(t, `ALTER TABLE public.items ADD COLUMN stamp text;
		CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.stamp := TG_NAME; RETURN NEW; END';
		CREATE TRIGGER stamp BEFORE UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION public.stamp()`)
}

const stamped = "SELECT count(*) FROM public.items WHERE stamp = 'stamp'"

func TestBatchFiresTriggersUnlessItIsTold(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for suppress, want := range map[bool]int{false: 100, true: 0} {
			b := setup(t, server, 0, Settings{SuppressTriggers: suppress})
			b.exec(t, "INSERT INTO public.items SELECT i, 'Item ' || i FROM generate_series(1, 100) i")
			b.stampTrigger(t)
			b.expandShouting(t)
			if err := b.run(t.Context(), fillShout()); err != nil {
				t.Fatal(err)
			}
			if n := b.number(t, stamped); n != want || b.number(t, unmigrated) != 0 {
				t.Errorf("suppressed %t: the trigger has fired for %d rows, %d are left", suppress, n, b.number(t, unmigrated))
			}
			if n := b.number(t, "SELECT count(*) FROM public.items WHERE label LIKE 'Item %'"); n != 100 {
				t.Errorf("suppressed %t: the dual-write trigger has fired", suppress)
			}
		}
	})
}

func TestTriggersThatCannotBeSuppressed(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{})
		role := b.db.Role(t, "")
		b.exec(t, "GRANT SELECT, UPDATE ON public.items TO "+role.Name)
		connect := func(user string) {
			b.executor = newExecutor(t, b.db, Settings{SuppressTriggers: true, Observer: b.observer}, func(config *pgxpool.Config) { config.ConnConfig.User = user })
		}
		connect(role.Name)
		// Without triggers no right is needed.
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		b.stampTrigger(t)
		b.exec(t, "UPDATE public.items SET twin = NULL, stamp = NULL; CREATE TRIGGER other BEFORE UPDATE OF label ON public.items FOR EACH ROW EXECUTE FUNCTION public.stamp()")
		b.exec(t, "ALTER TABLE public.items DISABLE TRIGGER stamp; UPDATE public.items SET stamp = NULL; ALTER TABLE public.items ENABLE TRIGGER stamp")
		var refused *TriggersError
		if err := b.run(t.Context(), fillTwin("id")); !errors.As(err, &refused) || refused.PgError == nil || refused.PgError.Code != "42501" {
			t.Fatalf("got %v, want a TriggersError for want of a right", err)
		}
		if diff := cmp.Diff([]string{"stamp"}, refused.Triggers); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if server.Major >= 15 {
			b.exec(t, "GRANT SET ON PARAMETER session_replication_role TO "+role.Name)
			if err := b.run(t.Context(), fillTwin("id")); err != nil {
				t.Fatal(err)
			}
			if b.number(t, stamped) != 0 || b.number(t, unfilled) != 0 {
				t.Error("the trigger has fired")
			}
			b.exec(t, "REVOKE SET ON PARAMETER session_replication_role FROM "+role.Name)
		}

		// The same setting would turn off what keeps data right.
		connect("postgres")
		b.exec(t, `ALTER TABLE public.items ADD CONSTRAINT parent FOREIGN KEY (twin) REFERENCES public.items (id),
			ADD CONSTRAINT later UNIQUE (twin) DEFERRABLE, ADD CONSTRAINT unchecked FOREIGN KEY (twin) REFERENCES public.items (id) NOT VALID,
			ADD CONSTRAINT unrelated FOREIGN KEY (id) REFERENCES public.items (id);
			ALTER TABLE public.items DISABLE TRIGGER other;
			CREATE TRIGGER replica BEFORE UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION public.stamp();
			ALTER TABLE public.items ENABLE REPLICA TRIGGER replica`)
		err := b.run(t.Context(), fillTwin("id"))
		if !errors.As(err, &refused) || refused.PgError != nil || !strings.Contains(err.Error(), "parent") {
			t.Fatalf("got %v, want a TriggersError for the constraints", err)
		}
		want := []string{"the deferrable constraint later", "the foreign key parent", "the trigger replica, which fires for replicas"}
		if diff := cmp.Diff(want, refused.Conflicts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
