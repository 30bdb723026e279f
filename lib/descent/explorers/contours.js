// Contours by marching squares.

// The values f([x, y]) on a grid of columns x rows points that reaches one cell beyond the frame, with one
// more ring of +infinity around it, so that every contour is a closed loop.
export function sample(f, [[left, right], [bottom, top]], columns, rows) {
  const dx = (right - left) / (columns - 1);
  const dy = (top - bottom) / (rows - 1);
  const grid = { left: left - 2 * dx, bottom: bottom - 2 * dy, dx, dy, columns: columns + 4, rows: rows + 4 };
  grid.values = new Float64Array(grid.columns * grid.rows).fill(Infinity);
  for (let j = 1; j < grid.rows - 1; j++) {
    for (let i = 1; i < grid.columns - 1; i++) {
      grid.values[j * grid.columns + i] = f([grid.left + i * dx, grid.bottom + j * dy]);
    }
  }
  return grid;
}

// The loops around {f <= level}, each a list of points [x, y].
export function loops(grid, level) {
  const { values, columns, rows } = grid;
  const successor = new Map(); // edge where a loop enters a cell -> edge where it leaves it
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      const node = j * columns + i;
      // Corners counterclockwise from the lower left, one bit each; edge k joins corner k to the next one.
      const corners =
        (values[node] <= level) |
        ((values[node + 1] <= level) << 1) |
        ((values[node + columns + 1] <= level) << 2) |
        ((values[node + columns] <= level) << 3);
      if (corners === 0 || corners === 15) continue;
      const inside = (k) => (corners >> (k % 4)) & 1;
      const edges = [2 * node, 2 * (node + 1) + 1, 2 * (node + columns), 2 * node + 1];
      for (let k = 0; k < 4; k++) {
        if (!inside(k) || inside(k + 1)) continue;
        let back = k;
        do back = (back + 3) % 4;
        while (inside(back));
        successor.set(edges[k], edges[back]);
      }
    }
  }
  const found = [];
  while (successor.size) {
    const [first] = successor.keys();
    const loop = [];
    for (let edge = first; successor.has(edge); ) {
      loop.push(crossing(grid, edge, level));
      const next = successor.get(edge);
      successor.delete(edge);
      edge = next;
    }
    found.push(loop);
  }
  return found;
}

// Where the level is crossed on an edge: even edges run along x, odd ones along y.
function crossing({ values, columns, left, bottom, dx, dy }, edge, level) {
  const node = edge >> 1;
  const upward = edge & 1;
  const [from, to] = [values[node], values[node + (upward ? columns : 1)]];
  const share = from === Infinity ? 1 : to === Infinity ? 0 : (level - from) / (to - from);
  return [
    left + dx * ((node % columns) + (upward ? 0 : share)),
    bottom + dy * (Math.floor(node / columns) + (upward ? share : 0)),
  ];
}
