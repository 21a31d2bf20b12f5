-- Sends the bodies of a file in turn, each request under a key of its own; prints one line of JSON at the end.
local path, token, run = os.getenv("BENCH_PATH"), os.getenv("BENCH_TOKEN"), os.getenv("BENCH_RUN")
local bodies, sent = {}, 0

function init(args)
  for line in io.lines(os.getenv("BENCH_BODIES")) do bodies[#bodies + 1] = line end
end

function request()
  if #bodies == 0 then return wrk.format("GET", path) end
  sent = sent + 1
  local headers = {["Content-Type"] = "application/json", ["Idempotency-Key"] = run .. sent}
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  return wrk.format("POST", path, headers, bodies[sent % #bodies + 1])
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.4f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
