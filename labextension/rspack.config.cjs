// Names in place of numbers: the numbers would depend on the folder the build runs in, and the result is committed.
// For the same reason packages are called by their place in node_modules, wherever that links to.
module.exports = { optimization: { moduleIds: 'named', chunkIds: 'named' }, resolve: { symlinks: false } };
