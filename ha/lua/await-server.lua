-- A request that finds no server of its backend in service waits for one, instead of being answered 503 at once: members
-- that a stall of the machine took out together, or a lone one that was started again, are back within moments. After three
-- seconds it goes on, and gets its 503; so it does at once where no server is known. Loaded by haproxy.cfg.hbs.
local ROUND_MS = 25
local ROUNDS = 120

core.register_action('await_server', { 'http-req' }, function(txn, backend)
  local known = false
  for _ in pairs(core.backends[backend].servers) do
    known = true
    break
  end
  if not known then
    return
  end
  for _ = 1, ROUNDS do
    if txn.f:nbsrv(backend) > 0 then
      return
    end
    core.msleep(ROUND_MS)
  end
end, 1)
