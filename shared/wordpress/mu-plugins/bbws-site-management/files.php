<?php
/**
 * A site's uploads, and the folders in which work is done.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.WP.AlternativeFunctions, WordPress.PHP.NoSilencedErrors -- WP_Filesystem reads whole files into memory.

/**
 * Files of one site. As with its tables, new ones are laid beside those in use and put in place by renaming folders.
 */
final class Files {

	/**
	 * The folder of a site's uploads.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function uploads( int $site_id ): string {
		return WP_CONTENT_DIR . "/uploads/sites/$site_id";
	}

	/**
	 * The folder that is to take the place of a site's uploads.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function new_uploads( int $site_id ): string {
		return self::work_folder() . "/new-$site_id";
	}

	/**
	 * The folder of all work. No visitor can read it.
	 */
	public static function work_folder(): string {
		$folder = WP_CONTENT_DIR . '/bbws-work';
		if ( ! is_dir( $folder ) ) {
			wp_mkdir_p( $folder );
			file_put_contents( "$folder/.htaccess", "Require all denied\n" );
			file_put_contents( "$folder/index.php", "<?php // Nothing to see.\n" );
		}
		return $folder;
	}

	/**
	 * Removes the folders of work that nobody has gone on with for two days.
	 */
	public static function forget_old_work(): void {
		foreach ( glob( self::work_folder() . '/*', GLOB_ONLYDIR ) as $folder ) {
			if ( filemtime( $folder ) < time() - 2 * DAY_IN_SECONDS ) {
				self::remove( $folder );
			}
		}
	}

	/**
	 * The files below a folder, in order, after a path; paths are relative to the folder.
	 *
	 * @param string      $folder The folder.
	 * @param string|null $after  The last path that was read.
	 * @return \Generator<string>
	 */
	public static function below( string $folder, ?string $after = null ): \Generator {
		yield from self::walk( $folder, '', $after );
	}

	/**
	 * Copies a file. One that a visitor has just deleted is no file of the site any more.
	 *
	 * @param string $from The file.
	 * @param string $to   Where its copy is to lie.
	 * @throws Refusal 500 when the disk does not take it.
	 */
	public static function copy( string $from, string $to ): void {
		wp_mkdir_p( dirname( $to ) );
		if ( ! @copy( $from, $to ) ) {
			clearstatcache();
			if ( is_file( $from ) ) {
				throw self::refused( 'A file could not be copied.' );
			}
		}
	}

	/**
	 * Writes a piece of a file, which ends behind it.
	 *
	 * @param string $path  The file.
	 * @param int    $from  Where the piece begins.
	 * @param string $bytes The piece.
	 * @throws Refusal 500 when the disk does not take it.
	 */
	public static function write( string $path, int $from, string $bytes ): void {
		wp_mkdir_p( dirname( $path ) );
		$file = @fopen( $path, 'c' );
		if ( ! $file ) {
			throw self::refused( 'A file could not be made.' );
		}
		fseek( $file, $from );
		$is_whole = strlen( $bytes ) === @fwrite( $file, $bytes ) && ftruncate( $file, $from + strlen( $bytes ) );
		fclose( $file );
		if ( ! $is_whole ) {
			throw self::refused( 'A file could not be written.' );
		}
	}

	/**
	 * Gives a file or a folder another name.
	 *
	 * @param string $from Its name.
	 * @param string $to   The other name.
	 * @throws Refusal 500 when it keeps its name.
	 */
	public static function move( string $from, string $to ): void {
		if ( ! @rename( $from, $to ) ) {
			throw self::refused( 'A file or a folder could not be moved.' );
		}
	}

	/**
	 * Puts the new uploads of a site in the place of those in use, which stay until that is done.
	 *
	 * @param int $site_id The site's id.
	 * @throws Refusal 500 when a folder cannot be moved; the site then has what it had.
	 */
	public static function swap( int $site_id ): void {
		$new = self::new_uploads( $site_id );
		$old = self::work_folder() . "/old-$site_id";
		$own = self::uploads( $site_id );
		if ( is_dir( $new ) ) {
			if ( is_dir( $own ) && ! is_dir( $old ) ) {
				self::move( $own, $old );
			}
			self::remove( $own );
			wp_mkdir_p( dirname( $own ) );
			if ( ! @rename( $new, $own ) ) {
				if ( is_dir( $old ) ) {
					@rename( $old, $own );
				}
				throw self::refused( 'The new uploads could not be put in place.' );
			}
		}
		if ( is_dir( $own ) ) {
			self::remove( $old );
		}
	}

	/**
	 * Removes a folder with all that is in it.
	 *
	 * @param string $folder The folder.
	 */
	public static function remove( string $folder ): void {
		if ( is_link( $folder ) || ! is_dir( $folder ) ) {
			return;
		}
		foreach ( scandir( $folder ) as $name ) {
			if ( '.' === $name || '..' === $name ) {
				continue;
			}
			$path = "$folder/$name";
			is_dir( $path ) && ! is_link( $path ) ? self::remove( $path ) : @unlink( $path );
		}
		@rmdir( $folder );
	}

	/**
	 * Removes what a site has on disk.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function forget_site( int $site_id ): void {
		self::remove( self::uploads( $site_id ) );
		self::remove( self::new_uploads( $site_id ) );
		self::remove( self::work_folder() . "/old-$site_id" );
	}

	/**
	 * The refusal when the disk does not do what it is told.
	 *
	 * @param string $message What it did not do.
	 */
	private static function refused( string $message ): Refusal {
		return new Refusal( 500, 'bbws_file_refused', $message );
	}

	/**
	 * Walks a folder in the order of its paths.
	 *
	 * @param string      $root  The folder where the walk began.
	 * @param string      $below The path within it, ending with a slash unless it is empty.
	 * @param string|null $after The last path that was read.
	 * @return \Generator<string>
	 */
	private static function walk( string $root, string $below, ?string $after ): \Generator {
		$names = is_dir( "$root/$below" ) ? array_diff( scandir( "$root/$below" ), array( '.', '..' ) ) : array();
		$paths = array_map( static fn( string $name ) => is_dir( "$root/$below$name" ) ? "$below$name/" : $below . $name, $names );
		sort( $paths, SORT_STRING );
		foreach ( $paths as $path ) {
			if ( is_link( rtrim( "$root/$path", '/' ) ) ) {
				continue;
			}
			if ( str_ends_with( $path, '/' ) ) {
				if ( null === $after || strcmp( "$path\xff", $after ) > 0 ) {
					yield from self::walk( $root, $path, $after );
				}
			} elseif ( null === $after || strcmp( $path, $after ) > 0 ) {
				yield $path;
			}
		}
	}
}
