terraform import pgphase_enum.state public.order_state
